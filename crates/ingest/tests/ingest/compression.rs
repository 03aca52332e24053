use std::{io::Read, num::NonZeroUsize, path::Path};

use processive_ingest::{FastaStream, IngestError, open};

use crate::files::{Folder, bgzip, gzip};

const FASTA: &[u8] = b">chr1 first\nACGTACGTNN\nacgt\n>chr2\nGGGG\nCC\n";

fn read_all(path: &Path) -> Result<Vec<u8>, std::io::Error> {
    let mut bytes = Vec::new();
    open(path).unwrap().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn contigs(path: &Path, threads: usize) -> Result<Vec<(String, Vec<u8>)>, IngestError> {
    let mut stream = FastaStream::open(path, NonZeroUsize::new(threads).unwrap())?;
    let mut contigs = Vec::new();
    while let Some(name) = stream.next_contig()? {
        let mut letters = Vec::new();
        while stream.read_block(&mut letters, 3)? > 0 {}
        contigs.push((name, letters));
    }
    Ok(contigs)
}

#[test]
fn content_decides_how_a_file_is_read() {
    let folder = Folder::new();
    let two_members = [gzip(&FASTA[..15]), gzip(&FASTA[15..])].concat();
    let two_bgzip_files = [bgzip(&FASTA[..15], 4), bgzip(&FASTA[15..], 4)].concat();
    let with_mark = [b"\xef\xbb\xbf", FASTA].concat();
    let files = [
        ("plain.gz", FASTA.to_vec()),
        ("gzip.fa", gzip(FASTA)),
        ("members.fa", two_members),
        ("bgzip.txt", bgzip(FASTA, 65280)),
        ("blocks.fa", bgzip(FASTA, 7)),
        ("joined.fa", two_bgzip_files),
        ("mark.fa", with_mark.clone()),
        ("mark.fa.gz", gzip(&with_mark)),
    ];
    let expected = [
        ("chr1".to_owned(), b"ACGTACGTNNacgt".to_vec()),
        ("chr2".to_owned(), b"GGGGCC".to_vec()),
    ];
    for (name, content) in files {
        let path = folder.write(name, content);
        assert_eq!(read_all(&path).unwrap(), FASTA, "{name}");
        for threads in [1, 2, 4] {
            assert_eq!(contigs(&path, threads).unwrap(), expected, "{name} {threads}");
        }
    }
}

#[test]
fn empty_gzip_and_empty_bgzip_are_empty_files() {
    let folder = Folder::new();
    for (name, content) in [("a", gzip(b"")), ("b", bgzip(b"", 10)), ("c", Vec::new())] {
        let path = folder.write(name, content);
        assert_eq!(read_all(&path).unwrap(), b"");
        let error = contigs(&path, 1).unwrap_err();
        assert_eq!(
            folder.message(&error),
            format!("{name} is empty: no FASTA record in it")
        );
    }
}

#[test]
fn compressed_files_cut_anywhere_are_errors() {
    let folder = Folder::new();
    for (name, whole) in [("x.gz", gzip(FASTA)), ("x.bgz", bgzip(FASTA, 16))] {
        for length in 2..whole.len() {
            let path = folder.write(name, &whole[..length]);
            for threads in [1, 3] {
                let error = contigs(&path, threads).unwrap_err();
                assert!(
                    matches!(error, IngestError::Truncated { .. }),
                    "{name} {length}: {error}"
                );
            }
        }
    }
}

#[test]
fn truncated_files_say_so() {
    let folder = Folder::new();
    let whole = bgzip(FASTA, 16);
    let path = folder.write("cut.fa.gz", &whole[..whole.len() - 28]);
    let error = open(&path).err().unwrap();
    assert_eq!(
        folder.message(&error),
        "cut.fa.gz is truncated: its compressed data end too early; copy or download it again: the bgzip end-of-file \
         block is missing"
    );
    let whole = gzip(FASTA);
    let path = folder.write("cut.fa.gz", &whole[..whole.len() - 1]);
    let message = folder.message(&contigs(&path, 1).unwrap_err());
    assert!(
        message.starts_with("cut.fa.gz is truncated: its compressed data end too early;"),
        "{message}"
    );
}

#[test]
fn damaged_blocks_are_errors() {
    let folder = Folder::new();
    for (name, mut whole) in [("x.gz", gzip(FASTA)), ("x.bgz", bgzip(FASTA, 65280))] {
        let middle = whole.len() / 2;
        whole[middle] ^= 0x10;
        let path = folder.write(name, whole);
        for threads in [1, 3] {
            assert!(contigs(&path, threads).is_err(), "{name}");
        }
    }
}

/// FASTA of enough letters for many rounds of blocks of `block` bytes, and the file.
fn many_blocks(block: usize) -> (Vec<u8>, Vec<u8>) {
    let mut text = Vec::new();
    for contig in 0..7u32 {
        text.extend(format!(">chr{contig}\n").into_bytes());
        for line in 0..500 {
            let letter = |at: u32| b"ACGTN"[((contig + line) * 7919 + at * at * 31) as usize % 5];
            text.extend((0..60).map(letter));
            text.push(b'\n');
        }
    }
    let whole = bgzip(&text, block);
    (text, whole)
}

/// The letters before an error, and what it says.
fn up_to_an_error(path: &Path, threads: usize) -> (Vec<u8>, String) {
    let mut letters = Vec::new();
    let mut read = || {
        let mut stream = FastaStream::open(path, NonZeroUsize::new(threads).unwrap())?;
        while stream.next_contig()?.is_some() {
            while stream.read_block(&mut letters, 1000)? > 0 {}
        }
        Ok::<_, IngestError>(())
    };
    let message = read().map_or_else(|error| format!("{error:?}"), |()| String::from("none"));
    (letters, message)
}

#[test]
fn threads_read_many_blocks_as_one_does() {
    let folder = Folder::new();
    for block in [97, 4096, 65280] {
        let (text, whole) = many_blocks(block);
        let path = folder.write("x.fa.gz", whole);
        let mut lines = text.split(|&byte| byte == b'\n');
        let letters = lines.by_ref().filter(|line| !line.starts_with(b">")).flatten().copied();
        let letters: Vec<u8> = letters.collect();
        for threads in [1, 2, 4] {
            let (read, message) = up_to_an_error(&path, threads);
            assert!(message == "none" && read == letters, "{block} {threads} {message}");
        }
        // The only thread of a pool inflates what it reads itself.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert!(pool.install(|| up_to_an_error(&path, 4)).0 == letters, "{block}");
    }
}

#[test]
fn threads_meet_damage_where_one_does() {
    let folder = Folder::new();
    let (_, whole) = many_blocks(97);
    for at in (0..whole.len()).step_by(whole.len() / 97) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        for (name, bytes) in [("damaged", &damaged[..]), ("cut", &whole[..at])] {
            // Through a pipe the missing end would not be seen at once; so it is here, behind a byte.
            let path = folder.write(name, [bytes, &whole[whole.len() - 28..]].concat());
            let alone = up_to_an_error(&path, 1);
            for threads in [2, 3] {
                let together = up_to_an_error(&path, threads);
                assert!(together == alone, "{name} {at}: {} {}", together.1, alone.1);
            }
        }
    }
}

#[test]
fn other_formats_are_named() {
    let folder = Folder::new();
    let cases: [(&[u8], &str); 7] = [
        (b"PK\x03\x04 and more", "zip"),
        (b"BZh91AY&SY", "bzip2"),
        (b"\xfd7zXZ\x00\x00", "xz"),
        (b"\x28\xb5\x2f\xfd1234", "zstd"),
        (b"\x43\x27\x41\x1a1234", "2bit"),
        (b"\xff\xfe>\0c\0", "UTF-16"),
        (b"\xfe\xff\0>\0c", "UTF-16"),
    ];
    for (content, format) in cases {
        let path = folder.write("x", content);
        let error = open(&path).err().unwrap();
        let message = format!("x is a {format} file, which is not read here; plain text, gzip and bgzip are");
        assert_eq!(folder.message(&error), message);
    }
}

#[test]
fn missing_files_and_folders_are_named() {
    let folder = Folder::new();
    let missing = open(&folder.path().join("absent.fa")).err().unwrap();
    assert_eq!(
        folder.message(&missing),
        "cannot read absent.fa: No such file or directory (os error 2)"
    );
    let nested = folder.path().join("nested");
    std::fs::create_dir(&nested).unwrap();
    let message = folder.message(&open(&nested).err().unwrap());
    assert!(message.starts_with("cannot read nested: "), "{message}");
}

#[cfg(target_os = "linux")]
mod pipes {
    use std::{io::Write, os::fd::AsRawFd, path::PathBuf, thread};

    use processive_core::Region;
    use processive_ingest::{IndexedFasta, contig_lengths};

    use super::*;

    /// Calls `read` with the path of a pipe that `content` comes through.
    fn through_pipe<T>(content: &[u8], read: impl FnOnce(&Path) -> T) -> T {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let path = PathBuf::from(format!("/proc/self/fd/{}", reader.as_raw_fd()));
        let content = content.to_vec();
        let writing = thread::spawn(move || writer.write_all(&content).unwrap());
        let result = read(&path);
        writing.join().unwrap();
        result
    }

    #[test]
    fn pipes_are_read_once_and_held_for_regions() {
        for content in [FASTA.to_vec(), gzip(FASTA), bgzip(FASTA, 9)] {
            for threads in [1, 3] {
                let streamed = through_pipe(&content, |path| contigs(path, threads)).unwrap();
                assert_eq!(streamed[1], ("chr2".to_owned(), b"GGGGCC".to_vec()));
            }
            let mut genome = through_pipe(&content, IndexedFasta::open).unwrap();
            assert_eq!(genome.fetch(&Region::new("chr2", 3, 6).unwrap()).unwrap(), b"GCC");
            let error = through_pipe(&content, |path| contig_lengths(path, NonZeroUsize::MIN)).unwrap_err();
            assert_eq!(
                error.to_string(),
                "standard input and pipes can be read only once: give a file to measure its contigs"
            );
        }
    }

    #[test]
    fn a_bgzip_stream_without_its_end_is_truncated() {
        let whole = bgzip(FASTA, 9);
        for threads in [1, 3] {
            let error = through_pipe(&whole[..whole.len() - 28], |path| contigs(path, threads)).unwrap_err();
            assert!(matches!(error, IngestError::Truncated { .. }), "{error}");
        }
    }
}
