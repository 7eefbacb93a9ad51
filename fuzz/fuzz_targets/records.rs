//! A byte for the format, one for the length of reads, then a file: however it arrives, its records are those that the csv crate or serde_json find in
//! the whole, with the right row and line.
#![no_main]

use std::borrow::Cow;
use std::io::Read;

use demarche::ErrorKind;
use demarche::dataset::{Columns, LabelledStatementsBuilder, Place, Record, RecordFormat, Records};
use harness::{SlowReader, format_of};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// What a record should be, if it is one.
#[derive(Debug, PartialEq)]
enum Expected {
    Record(Record<'static>),
    FieldCount,
    InvalidUtf8,
    Json,
}

fn csv_records(bytes: &[u8], delimiter: u8) -> impl Iterator<Item = csv::ByteRecord> {
    let mut builder = csv::ReaderBuilder::new();
    builder.has_headers(false).flexible(true).delimiter(delimiter);
    // Behind a line end, which is passed over, the csv crate looks for no byte order mark.
    builder
        .from_reader(b"\n".chain(bytes))
        .into_byte_records()
        .map(Result::unwrap)
}

/// Header and records, by the csv crate.
fn expected_of_delimited(bytes: &[u8], delimiter: u8) -> Result<(Vec<String>, Vec<Expected>), ErrorKind> {
    let mut records = csv_records(bytes, delimiter);
    let header = records.next().ok_or(ErrorKind::Empty)?;
    let header = csv::StringRecord::from_byte_record(header).map_err(|_| ErrorKind::InvalidUtf8)?;
    let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    let expect = |record: csv::ByteRecord| {
        if record.len() != header.len() {
            return Expected::FieldCount;
        }
        match csv::StringRecord::from_byte_record(record) {
            Ok(fields) => Expected::Record(Record::Fields(owned(&fields))),
            Err(_) => Expected::InvalidUtf8,
        }
    };
    let records = records.map(expect).collect();
    Ok((header, records))
}

/// The lines that are not blank.
fn lines(bytes: &[u8]) -> impl Iterator<Item = Result<&str, Expected>> {
    let lines = bytes.split(|&byte| byte == b'\n');
    let lines = lines.map(|line| std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)));
    lines
        .filter(|line| !line.is_ok_and(|line| line.trim().is_empty()))
        .map(|line| line.map_err(|_| Expected::InvalidUtf8))
}

fn expected_of(bytes: &[u8], format: RecordFormat) -> Result<(Vec<String>, Vec<Expected>), ErrorKind> {
    let either = |record: Result<Expected, Expected>| record.unwrap_or_else(|wrong| wrong);
    let text = |line: &str| Expected::Record(Record::Line(line.to_owned().into()));
    let object = |line: &str| match serde_json::from_str(line) {
        Ok(Value::Object(object)) => Expected::Record(Record::Object(object)),
        _ => Expected::Json,
    };
    match format {
        RecordFormat::Delimited(delimiter) => expected_of_delimited(bytes, delimiter),
        RecordFormat::Text => Ok((
            vec!["text".to_owned()],
            lines(bytes).map(|line| either(line.map(text))).collect(),
        )),
        RecordFormat::JsonLines => Ok((Vec::new(), lines(bytes).map(|line| either(line.map(object))).collect())),
    }
}

/// Fields that borrow nothing.
fn owned<'f>(fields: impl IntoIterator<Item = &'f str>) -> Vec<Cow<'static, str>> {
    fields.into_iter().map(|field| field.to_owned().into()).collect()
}

fn expected_as(found: demarche::Result<&mut Record<'_>>) -> Expected {
    match found {
        Ok(record) => Expected::Record(match record {
            Record::Fields(fields) => Record::Fields(owned(fields.iter().map(AsRef::as_ref))),
            Record::Object(object) => Record::Object(object.clone()),
            Record::Line(line) => Record::Line(line.as_ref().to_owned().into()),
        }),
        Err(error) => match error.kind() {
            ErrorKind::FieldCount { .. } => Expected::FieldCount,
            ErrorKind::InvalidUtf8 => Expected::InvalidUtf8,
            ErrorKind::Json(_) => Expected::Json,
            other => panic!("{other:?}"),
        },
    }
}

/// The line of a record, and its bytes read once more.
fn check_place(bytes: &[u8], start: usize, found: u64, place: Place<'_>, format: RecordFormat, record: &Expected) {
    assert_eq!(&bytes[start..start + place.raw.len()], place.raw);
    let line = 1 + bytes[..start].iter().filter(|&&byte| byte == b'\n').count() as u64;
    assert_eq!(line, found, "{record:?}");
    if let (RecordFormat::Delimited(delimiter), Expected::Record(Record::Fields(fields))) = (format, record) {
        let again: Vec<_> = csv_records(place.raw, delimiter).collect();
        assert_eq!(again.len(), 1);
        assert!(again[0].iter().eq(fields.iter().map(|field| field.as_bytes())));
    }
}

/// The number of records, if the header can be read.
fn check_records(file: &[u8], step: usize, format: RecordFormat) -> Option<u64> {
    let bytes = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let expected = expected_of(bytes, format);
    let mut records = match Records::new(SlowReader { bytes: file, step }, format) {
        Ok(records) => records,
        Err(error) => {
            let expected = expected.expect_err("the header can be read");
            assert_eq!(format!("{expected:?}"), format!("{:?}", error.kind()));
            return None;
        }
    };
    let (header, expected) = expected.expect("the header cannot be read");
    assert_eq!(header, records.header());
    let parser = records.parser();
    let blocks: Vec<_> = std::iter::from_fn(|| records.next_block().unwrap()).collect();
    let mut start = bytes.len() - blocks.iter().map(|block| block.bytes.len()).sum::<usize>();
    let mut expected = expected.into_iter();
    let mut count = 0;
    for block in &blocks {
        let mut lines = block.lines();
        let walk = parser.for_each(block, |place, record| {
            let record = expected_as(record);
            check_place(bytes, start + place.start, lines.at(place.start), place, format, &record);
            assert_eq!(expected.next(), Some(record));
            count += 1;
            Ok::<(), ()>(())
        });
        walk.unwrap();
        start += block.bytes.len();
    }
    assert_eq!(expected.next(), None);
    Some(count)
}

/// Every record is a labelled statement or an error that knows its row.
fn check_labelled(file: &[u8], step: usize, format: RecordFormat, count: u64) {
    let mut builder = LabelledStatementsBuilder::default();
    let columns = Columns {
        weight: Some("weight".to_owned()),
        kept: vec!["speaker".to_owned()],
        ..Columns::default()
    };
    for columns in [Columns::default(), columns] {
        let mut errors = 0;
        let read = builder.read(SlowReader { bytes: file, step }, format, &columns, &mut |error| {
            assert!(error.position().row.is_some_and(|row| row <= count));
            assert!(!error.to_string().is_empty());
            errors += 1;
            Ok(())
        });
        let Ok(()) = read else { return };
        let built = std::mem::take(&mut builder).build();
        let rows = built.as_ref().map_or(0, |statements| statements.len() as u64);
        assert_eq!(rows + errors, count);
        if let Ok(statements) = built {
            assert!(
                statements
                    .origins()
                    .is_sorted_by(|a, b| a.row < b.row && a.line <= b.line)
            );
            assert!(statements.labels().is_sorted_by(|a, b| a < b));
            assert!(
                statements
                    .targets()
                    .iter()
                    .all(|&target| target < statements.labels().len())
            );
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let [format, step, file @ ..] = data else { return };
    let (format, step) = (format_of(*format), usize::from(*step).max(1));
    if let Some(count) = check_records(file, step, format) {
        check_labelled(file, step, format, count);
    }
});
