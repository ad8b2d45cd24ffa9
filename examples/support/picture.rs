//! Small grey images, embedded in a page.

use std::io::Write;

use anyhow::Context;
use flate2::{Compression, Crc, write::ZlibEncoder};

use super::html::escape;

/// The first bytes of every PNG file.
const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Square images of `side` x `side` grey levels, side by side with one pixel between them, as one `img` element that
/// shows them at twice their size.
pub(crate) fn strip(images: &[&[u8]], side: usize, description: &str) -> anyhow::Result<String> {
    let width = images.len() * (side + 1);
    let mut pixels = vec![0; width * side];
    for (index, image) in images.iter().enumerate() {
        for (row, values) in image.chunks_exact(side).enumerate() {
            let start = row * width + index * (side + 1);
            pixels[start..start + side].copy_from_slice(values);
        }
    }
    let png = png(&pixels, width).context("cannot encode a picture")?;
    Ok(format!(
        "<img class=\"pixels\" width=\"{}\" height=\"{}\" alt=\"{}\" src=\"data:image/png;base64,{}\">",
        2 * width,
        2 * side,
        escape(description),
        base64(&png)
    ))
}

/// Grey levels in rows of `width`, as an 8-bit greyscale PNG.
fn png(pixels: &[u8], width: usize) -> anyhow::Result<Vec<u8>> {
    let height = pixels.len() / width;
    let mut header = Vec::with_capacity(13);
    header.extend(u32::try_from(width)?.to_be_bytes());
    header.extend(u32::try_from(height)?.to_be_bytes());
    // Bit depth 8, greyscale; the only compression and filter methods there are; not interlaced.
    header.extend([8, 0, 0, 0, 0]);

    let mut rows = ZlibEncoder::new(Vec::new(), Compression::best());
    for row in pixels.chunks_exact(width) {
        // Filter 0: the row as it is.
        rows.write_all(&[0])?;
        rows.write_all(row)?;
    }

    let mut png = SIGNATURE.to_vec();
    chunk(&mut png, *b"IHDR", &header)?;
    chunk(&mut png, *b"IDAT", &rows.finish()?)?;
    chunk(&mut png, *b"IEND", &[])?;
    Ok(png)
}

/// Appends length, type, data and the checksum of type and data.
fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) -> anyhow::Result<()> {
    let mut crc = Crc::new();
    crc.update(&kind);
    crc.update(data);
    png.extend(u32::try_from(data.len())?.to_be_bytes());
    png.extend(kind);
    png.extend(data);
    png.extend(crc.sum().to_be_bytes());
    Ok(())
}

/// Base 64 with padding, RFC 4648 section 4.
fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = group
            .iter()
            .fold(0_u32, |word, &byte| word << 8 | u32::from(byte))
            << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = (word >> (18 - 6 * place)) & 63;
            text.push(if place <= group.len() {
                char::from(BASE64[digit as usize])
            } else {
                '='
            });
        }
    }
    text
}
