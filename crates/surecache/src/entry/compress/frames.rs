//! The frames, each by the library that knows it. `None` where a library has no memory.

use std::cell::RefCell;
use std::io::{self, BufRead, Read, Write};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};
use liblzma::stream as xz;
use lz4_flex::frame::{FrameDecoder, FrameEncoder, FrameInfo};
use zstd_safe::{CCtx, CParameter, DCtx, InBuffer, OutBuffer, ResetDirective};

use super::NotInflated;
use super::room::{Took, inflated};

pub(super) fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    deflate(Compress::new_gzip(Compression::default(), WINDOW_BITS), bytes)
}

pub(super) fn gunzip(frame: &[u8], most_bytes: usize) -> Result<Vec<u8>, NotInflated> {
    undeflate(Decompress::new_gzip(WINDOW_BITS), frame, most_bytes)
}

pub(super) fn zlib(bytes: &[u8]) -> Option<Vec<u8>> {
    deflate(Compress::new(Compression::default(), true), bytes)
}

pub(super) fn unzlib(frame: &[u8], most_bytes: usize) -> Result<Vec<u8>, NotInflated> {
    undeflate(Decompress::new(true), frame, most_bytes)
}

fn deflate(mut stream: Compress, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut frame = Vec::with_capacity(bytes.len() / 2 + SPARE_BYTES);
    loop {
        let rest = &bytes[usize::try_from(stream.total_in()).ok()?..];
        match stream.compress_vec(rest, &mut frame, FlushCompress::Finish).ok()? {
            Status::StreamEnd => return Some(frame),
            Status::BufError | Status::Ok => frame.reserve(frame.capacity()),
        }
    }
}

fn undeflate(
    mut stream: Decompress,
    frame: &[u8],
    most_bytes: usize,
) -> Result<Vec<u8>, NotInflated> {
    inflated(frame, most_bytes, frame.len().saturating_mul(4), |rest, room| {
        let before = stream.total_in();
        let status = stream.decompress_vec(rest, room, FlushDecompress::None).ok()?;
        let bytes = usize::try_from(stream.total_in() - before).ok()?;
        Some(Took { bytes, is_end: status == Status::StreamEnd })
    })
}

/// The dictionary is no longer than the value: the same bytes come of it, and neither side has to
/// have memory for one of 8 MiB.
pub(super) fn lzma(bytes: &[u8]) -> Option<Vec<u8>> {
    let dictionary = u32::try_from(bytes.len()).map_or(DICTIONARY_BYTES.1, |length| {
        length.clamp(DICTIONARY_BYTES.0, DICTIONARY_BYTES.1).next_power_of_two()
    });
    let mut options = xz::LzmaOptions::new_preset(PRESET).ok()?;
    options.dict_size(dictionary);
    let mut filters = xz::Filters::new();
    filters.lzma2(&options);
    let mut stream = xz::Stream::new_stream_encoder(&filters, xz::Check::Crc64).ok()?;
    let mut frame = Vec::with_capacity(bytes.len() / 2 + SPARE_BYTES);
    loop {
        let rest = &bytes[usize::try_from(stream.total_in()).ok()?..];
        match stream.process_vec(rest, &mut frame, xz::Action::Finish).ok()? {
            xz::Status::StreamEnd => return Some(frame),
            _ => frame.reserve(frame.capacity()),
        }
    }
}

pub(super) fn unlzma(frame: &[u8], most_bytes: usize) -> Result<Vec<u8>, NotInflated> {
    let stream = xz::Stream::new_stream_decoder(LZMA_MEMORY_BYTES, 0);
    let mut stream = stream.map_err(|_| NotInflated::Damaged)?;
    inflated(frame, most_bytes, frame.len().saturating_mul(4), |rest, room| {
        let before = stream.total_in();
        let status = stream.process_vec(rest, room, xz::Action::Run).ok()?;
        let bytes = usize::try_from(stream.total_in() - before).ok()?;
        Some(Took { bytes, is_end: status == xz::Status::StreamEnd })
    })
}

pub(super) fn lz4(bytes: &[u8]) -> Option<Vec<u8>> {
    let info = FrameInfo::new().content_size(u64::try_from(bytes.len()).ok());
    let frame = Vec::with_capacity(bytes.len() / 2 + SPARE_BYTES);
    let mut encoder = FrameEncoder::with_frame_info(info, frame);
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

pub(super) fn unlz4(frame: &[u8], most_bytes: usize) -> Result<Vec<u8>, NotInflated> {
    let mut decoder = FrameDecoder::new(Rest { bytes: frame, is_short: frame.is_empty() });
    let mut room = Vec::new();
    loop {
        let block = decoder.fill_buf().map_err(|_| NotInflated::Damaged)?;
        if block.is_empty() {
            break;
        }
        if block.len() > most_bytes - room.len() {
            return Err(NotInflated::TooLarge);
        }
        room.extend_from_slice(block);
        let taken = block.len();
        decoder.consume(taken);
    }
    let rest = decoder.into_inner();
    let is_whole = rest.bytes.is_empty() && !rest.is_short;
    if is_whole { Ok(room) } else { Err(NotInflated::Damaged) }
}

/// What is left of a frame. The decoder takes a frame that ends between two blocks for a whole
/// one; this one knows that it asked for more.
struct Rest<'a> {
    bytes: &'a [u8],
    is_short: bool,
}

impl Read for Rest<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.is_short |= out.len() > self.bytes.len();
        self.bytes.read(out)
    }
}

/// With the context of this thread: a new one takes four times as long as a small value.
pub(super) fn zstd(bytes: &[u8]) -> Option<Vec<u8>> {
    COMPRESSING.with_borrow_mut(|context| {
        let context = match context {
            Some(context) => context,
            None => context.insert(CCtx::try_create()?),
        };
        context.set_parameter(CParameter::CompressionLevel(ZSTD_LEVEL)).ok()?;
        let mut frame = Vec::with_capacity(zstd_safe::compress_bound(bytes.len()));
        context.compress2(&mut frame, bytes).ok()?;
        Some(frame)
    })
}

/// Where a frame tells its size and there is room for all of it, it is decoded in one pass.
pub(super) fn unzstd(frame: &[u8], most_bytes: usize) -> Result<Vec<u8>, NotInflated> {
    let declared = zstd_safe::get_frame_content_size(frame).map_err(|_| NotInflated::Damaged)?;
    let expected = declared.unwrap_or(0).try_into().unwrap_or(usize::MAX);
    if expected > most_bytes {
        return Err(NotInflated::TooLarge);
    }
    INFLATING.with_borrow_mut(|context| {
        let context = context.get_or_insert_with(DCtx::create);
        // What a damaged frame left behind.
        context.reset(ResetDirective::SessionOnly).map_err(|_| NotInflated::Damaged)?;
        inflated(frame, most_bytes, expected, |rest, room| {
            let filled = room.len();
            let mut input = InBuffer::around(rest);
            let mut output = OutBuffer::around_pos(room, filled);
            let left = context.decompress_stream(&mut output, &mut input).ok()?;
            Some(Took { bytes: input.pos(), is_end: left == 0 })
        })
    })
}

thread_local! {
    static COMPRESSING: RefCell<Option<CCtx<'static>>> = const { RefCell::new(None) };
    static INFLATING: RefCell<Option<DCtx<'static>>> = const { RefCell::new(None) };
}

/// Level 1: at the sizes of cached values the higher ones save little and take several times as
/// long.
const ZSTD_LEVEL: i32 = 1;

/// The largest window of deflate, as a power of two.
const WINDOW_BITS: u8 = 15;

/// The default of xz.
const PRESET: u32 = 6;

/// The least that the format has, and what the preset says.
const DICTIONARY_BYTES: (u32, u32) = (4096, 8 << 20);

/// What a decoder may take for its dictionary: enough for every preset (9 takes 65 MiB), not for a
/// header that asks for 4 GiB.
const LZMA_MEMORY_BYTES: u64 = 80 << 20;

/// Room for what a frame has around a small value.
const SPARE_BYTES: usize = 128;
