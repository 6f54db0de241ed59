//! Dates: now, formatted, parsed, moved, and how long ago they are.
//!
//! What is no date counts as now, as in Go; layouts are Go's.

mod calendar;
mod duration;
mod layout;
mod object;
mod parse;
mod time;
mod zone;

pub use time::Time;

use super::argument::{ANY, TEXT, text, value};
use crate::{Call, Error, Function, IntKind, Text, Type, Value};
use duration::{format_duration, parse_duration, round_duration};
use layout::format_time;
use parse::parse_time;
use time::SECOND;
use zone::Zone;

/// `time.Time`
const TIME: Type = Type::Named(&object::TIME);

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    Function::fixed("now", &[], |call, _| Ok(Value::object(now(call)))),
    Function::fixed("date", &[TEXT, ANY], |call, arguments| {
        formatted(call, &text(arguments, 0), arguments.get(1), "Local")
    }),
    Function::fixed("dateInZone", &[TEXT, ANY, TEXT], date_in_zone),
    Function::fixed("date_in_zone", &[TEXT, ANY, TEXT], date_in_zone),
    Function::fixed("htmlDate", &[ANY], |call, arguments| formatted(call, &HTML, arguments.first(), "Local")),
    Function::fixed("htmlDateInZone", &[ANY, TEXT], |call, arguments| {
        formatted(call, &HTML, arguments.first(), &text(arguments, 1).to_str())
    }),
    Function::fixed("dateModify", &[TEXT, TIME], date_modify),
    Function::fixed("date_modify", &[TEXT, TIME], date_modify),
    Function::fixed("mustDateModify", &[TEXT, TIME], must_date_modify),
    Function::fixed("must_date_modify", &[TEXT, TIME], must_date_modify),
    Function::fixed("ago", &[ANY], ago),
    Function::fixed("duration", &[ANY], duration),
    Function::fixed("durationRound", &[ANY], duration_round),
    Function::fixed("toDate", &[TEXT, TEXT], to_date),
    Function::fixed("mustToDate", &[TEXT, TEXT], must_to_date),
    Function::fixed("unixEpoch", &[TIME], unix_epoch),
];

type Outcome = Result<Value, Error>;

const HTML: Text = Text::constant("2006-01-02");

fn now(call: &Call<'_>) -> Time {
    let (seconds, nanoseconds) = call.host().now();
    Time { seconds, nanoseconds, zone: Zone::local(call.host()) }
}

/// A moment from a time or from seconds since 1970; now from anything else.
fn moment(call: &Call<'_>, value: Option<&Value>, widths: &[IntKind]) -> Time {
    match value {
        Some(Value::Int(kind, seconds)) if widths.contains(kind) => Time::unix(*seconds),
        Some(value) => value.downcast::<Time>().cloned().unwrap_or_else(|| now(call)),
        None => now(call),
    }
}

fn formatted(call: &Call<'_>, layout: &Text, date: Option<&Value>, zone: &str) -> Outcome {
    let date = moment(call, date, &[IntKind::Int, IntKind::Int32, IntKind::Int64]);
    let zone = Zone::load(zone, call.host()).unwrap_or(Zone::Utc);
    // One letter of a layout stands for nine at most.
    call.budget().produce(layout.len().saturating_mul(9))?;
    Ok(Value::text(format_time(&date.within(zone), layout.as_bytes())))
}

fn date_in_zone(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    formatted(call, &text(arguments, 0), arguments.get(1), &text(arguments, 2).to_str())
}

fn time(arguments: &[Value], index: usize) -> Time {
    arguments.get(index).and_then(|value| value.downcast::<Time>()).cloned().unwrap_or_else(Time::zero)
}

fn date_modify(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(match parse_duration(text(arguments, 0).as_bytes()) {
        Ok(nanoseconds) => Value::object(time(arguments, 1).plus(nanoseconds)),
        Err(_) => value(arguments, 1),
    })
}

fn must_date_modify(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let nanoseconds =
        parse_duration(text(arguments, 0).as_bytes()).map_err(|error| Error::message(error.to_string()))?;
    Ok(Value::object(time(arguments, 1).plus(nanoseconds)))
}

fn ago(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let date = moment(call, arguments.first(), &[IntKind::Int, IntKind::Int64]);
    Ok(format_duration(round_duration(now(call).since(&date), SECOND)).into())
}

fn duration(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    let seconds = match value(arguments, 0) {
        Value::Text(text) => integer_of(&text),
        Value::Int(IntKind::Int64, seconds) => seconds,
        _ => 0,
    };
    Ok(format_duration(seconds.wrapping_mul(SECOND)).into())
}

/// What Go's `strconv.ParseInt` returns beside its error: the nearest number when the text is out of range.
fn integer_of(text: &Text) -> i64 {
    match crate::number::parse_int(&text.to_str(), 10) {
        Ok(number) => number,
        Err(crate::number::NumberError::Range) if text.as_bytes().starts_with(b"-") => i64::MIN,
        Err(crate::number::NumberError::Range) => i64::MAX,
        Err(_) => 0,
    }
}

/// The largest unit that fits more than once.
fn duration_round(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    const HOUR: u64 = 3600;
    const UNITS: [(u64, &str); 6] =
        [(HOUR * 24 * 365, "y"), (HOUR * 24 * 30, "mo"), (HOUR * 24, "d"), (HOUR, "h"), (60, "m"), (1, "s")];
    let given = value(arguments, 0);
    let nanoseconds = match &given {
        Value::Text(text) => parse_duration(text.as_bytes()).unwrap_or(0),
        Value::Int(IntKind::Int64, nanoseconds) => *nanoseconds,
        other => other.downcast::<Time>().map_or(0, |date| now(call).since(date)),
    };
    let size = nanoseconds.unsigned_abs();
    let fitting =
        UNITS.iter().map(|(unit, name)| (unit * SECOND as u64, name)).find(|(unit, _)| size > *unit);
    Ok(fitting.map_or_else(|| "0s".to_owned(), |(unit, name)| format!("{}{name}", size / unit)).into())
}

fn to_date(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(must_to_date(call, arguments).unwrap_or_else(|_| Value::object(Time::zero())))
}

fn must_to_date(call: &Call<'_>, arguments: &[Value]) -> Outcome {
    let local = Zone::local(call.host());
    parse_time(text(arguments, 0).as_bytes(), text(arguments, 1).as_bytes(), &local)
        .map(Value::object)
        .map_err(|error| Error::message(error.to_string()))
}

fn unix_epoch(_: &Call<'_>, arguments: &[Value]) -> Outcome {
    Ok(time(arguments, 0).seconds.to_string().into())
}

/// The year of a moment in UTC, and its month, day and time as certificates write them.
pub fn calendar_date(seconds: i64) -> (i64, String) {
    let date = Time::unix(seconds);
    let rest = format_time(&date, b"0102150405Z");
    (date.civil().year, String::from_utf8_lossy(&rest).into_owned())
}
