//! `time.Time`, `time.Duration`, `time.Month` and `time.Weekday` with the methods that templates may call.

use super::calendar::{MONTHS, WEEKDAYS};
use super::duration::{format_duration, round_duration};
use super::layout::format_time;
use super::time::{SECOND, Time};
use super::zone::Zone;
use crate::sprig::argument::{integer, text};
use crate::{Call, Error, IntKind, Kind, Method, Named, Object, Signature, Text, Type, Value};
use std::any::Any;

/// `time.Time`
pub static TIME: Named = Named { name: "time.Time", kind: Kind::Struct, element: Type::Any };
static DURATION: Named = Named { name: "time.Duration", kind: Kind::Int(IntKind::Int64), element: Type::Any };
static MONTH: Named = Named { name: "time.Month", kind: Kind::Int(IntKind::Int), element: Type::Any };
static WEEKDAY: Named = Named { name: "time.Weekday", kind: Kind::Int(IntKind::Int), element: Type::Any };

const TIME_TYPE: Type = Type::Named(&TIME);
const DURATION_TYPE: Type = Type::Named(&DURATION);

type Outcome = Result<Value, Error>;

/// Nanoseconds.
struct Duration(i64);

/// 1 to 12.
struct Month(i64);

/// 0 (Sunday) to 6.
struct Weekday(i64);

// === Time ===

impl Object for Time {
    fn type_of(&self) -> Type {
        TIME_TYPE
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        TIME_METHODS.iter().find(|method| method.name == name)
    }

    fn display(&self) -> Option<Text> {
        Some(format_time(self, b"2006-01-02 15:04:05.999999999 -0700 MST").into())
    }

    fn is_equal(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<Self>().is_some_and(|other| {
            self.seconds == other.seconds
                && self.nanoseconds == other.nanoseconds
                && self.zone.name() == other.zone.name()
        })
    }
}

impl Time {
    /// The time as JSON holds it, without quotes.
    pub fn to_json(&self) -> Result<String, Error> {
        if !(0..=9999).contains(&self.civil().year) {
            return Err(Error::message(
                "json: error calling MarshalJSON for type time.Time: Time.MarshalJSON: year outside of range [0,9999]",
            ));
        }
        let text = format_time(self, b"2006-01-02T15:04:05.999999999Z07:00");
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    fn order(&self, other: &Self) -> i64 {
        (self.seconds, self.nanoseconds).cmp(&(other.seconds, other.nanoseconds)) as i64
    }
}

/// The time that a method is called on.
fn receiver(value: &Value) -> Time {
    value.downcast::<Time>().cloned().unwrap_or_else(Time::zero)
}

fn other(arguments: &[Value]) -> Time {
    arguments.first().map_or_else(Time::zero, receiver)
}

const fn method(
    name: &'static str,
    parameters: &'static [Type],
    body: fn(&Call<'_>, &Value, &[Value]) -> Outcome,
) -> Method {
    Method { name, signature: Signature::fixed(parameters), body }
}

fn int(number: i64) -> Outcome {
    Ok(Value::int(number))
}

fn int64(number: i64) -> Outcome {
    Ok(Value::int64(number))
}

fn object(object: impl Object) -> Outcome {
    Ok(Value::object(object))
}

static TIME_METHODS: [Method; 31] = [
    method("Format", &[Type::String], |call, time, arguments| {
        let layout = text(arguments, 0);
        call.budget().produce(layout.len().saturating_mul(9))?;
        Ok(Value::text(format_time(&receiver(time), layout.as_bytes())))
    }),
    method("String", &[], |_, time, _| Ok(receiver(time).display().unwrap_or(Text::EMPTY).into())),
    method("Unix", &[], |_, time, _| int64(receiver(time).seconds)),
    method("UnixMilli", &[], |_, time, _| int64(unix(time, 1_000))),
    method("UnixMicro", &[], |_, time, _| int64(unix(time, 1_000_000))),
    method("UnixNano", &[], |_, time, _| int64(receiver(time).unix_nanoseconds())),
    method("Year", &[], |_, time, _| int(receiver(time).civil().year)),
    method("Month", &[], |_, time, _| object(Month(receiver(time).civil().month))),
    method("Day", &[], |_, time, _| int(receiver(time).civil().day)),
    method("Hour", &[], |_, time, _| int(receiver(time).civil().hour)),
    method("Minute", &[], |_, time, _| int(receiver(time).civil().minute)),
    method("Second", &[], |_, time, _| int(receiver(time).civil().second)),
    method("Nanosecond", &[], |_, time, _| int(i64::from(receiver(time).nanoseconds))),
    method("Weekday", &[], |_, time, _| object(Weekday(receiver(time).civil().weekday))),
    method("YearDay", &[], |_, time, _| int(receiver(time).civil().day_of_year)),
    method("UTC", &[], |_, time, _| object(receiver(time).within(Zone::Utc))),
    method("Local", &[], |call, time, _| object(receiver(time).within(Zone::local(call.host())))),
    method("Add", &[DURATION_TYPE], |_, time, arguments| object(receiver(time).plus(nanoseconds(arguments)))),
    method("AddDate", &[Type::INT, Type::INT, Type::INT], |_, time, arguments| {
        let [years, months, days] = [0, 1, 2].map(|index| integer(arguments, index));
        object(receiver(time).plus_date(years, months, days))
    }),
    method("Sub", &[TIME_TYPE], |_, time, arguments| {
        object(Duration(receiver(time).since(&other(arguments))))
    }),
    method("After", &[TIME_TYPE], |_, time, arguments| {
        Ok((receiver(time).order(&other(arguments)) > 0).into())
    }),
    method("Before", &[TIME_TYPE], |_, time, arguments| {
        Ok((receiver(time).order(&other(arguments)) < 0).into())
    }),
    method("Equal", &[TIME_TYPE], |_, time, arguments| {
        Ok((receiver(time).order(&other(arguments)) == 0).into())
    }),
    method("Compare", &[TIME_TYPE], |_, time, arguments| int(receiver(time).order(&other(arguments)))),
    method("IsZero", &[], |_, time, _| Ok(receiver(time).is_zero().into())),
    method("IsDST", &[], |_, time, _| Ok(receiver(time).zone.is_summer(receiver(time).seconds).into())),
    method("Truncate", &[DURATION_TYPE], |_, time, arguments| {
        object(rounded(&receiver(time), nanoseconds(arguments), false))
    }),
    method("Round", &[DURATION_TYPE], |_, time, arguments| {
        object(rounded(&receiver(time), nanoseconds(arguments), true))
    }),
    method("MarshalText", &[], |_, time, _| Ok(Value::Bytes(receiver(time).to_json()?.into_bytes().into()))),
    method("MarshalJSON", &[], |_, time, _| {
        Ok(Value::Bytes(format!("\"{}\"", receiver(time).to_json()?).into_bytes().into()))
    }),
    method("AppendFormat", &[Type::BYTES, Type::String], |call, time, arguments| {
        let layout = text(arguments, 1);
        call.budget().produce(layout.len().saturating_mul(9))?;
        let before = match arguments.first() {
            Some(Value::Bytes(bytes)) => bytes.to_vec(),
            _ => Vec::new(),
        };
        Ok(Value::Bytes([before, format_time(&receiver(time), layout.as_bytes())].concat().into()))
    }),
];

/// Time since 1970 in parts of a second.
fn unix(time: &Value, per_second: i64) -> i64 {
    let time = receiver(time);
    let part = i64::from(time.nanoseconds) / (SECOND / per_second);
    time.seconds.wrapping_mul(per_second).wrapping_add(part)
}

/// Rounds to a multiple of a duration since Go's zero time.
fn rounded(time: &Time, unit: i64, to_nearest: bool) -> Time {
    if unit <= 0 {
        return time.clone();
    }
    let since = i128::from(time.seconds) - i128::from(Time::zero().seconds);
    let all = since * i128::from(SECOND) + i128::from(time.nanoseconds);
    let rest = all.rem_euclid(i128::from(unit)) as i64;
    let goes_up = to_nearest && u128::from(rest.unsigned_abs()) * 2 >= unit as u128;
    time.plus(if goes_up { unit - rest } else { -rest })
}

// === Duration ===

fn nanoseconds(arguments: &[Value]) -> i64 {
    arguments.first().map_or(0, duration)
}

fn duration(value: &Value) -> i64 {
    value.downcast::<Duration>().map_or(0, |duration| duration.0)
}

impl Object for Duration {
    fn type_of(&self) -> Type {
        DURATION_TYPE
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        DURATION_METHODS.iter().find(|method| method.name == name)
    }

    fn display(&self) -> Option<Text> {
        Some(format_duration(self.0).into())
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::int64(self.0))
    }
}

/// Whole units and the rest, which is how Go keeps the quotient exact.
fn in_units(nanoseconds: i64, unit: i64) -> Outcome {
    Ok(Value::float((nanoseconds / unit) as f64 + (nanoseconds % unit) as f64 / unit as f64))
}

static DURATION_METHODS: [Method; 10] = [
    method("String", &[], |_, value, _| Ok(format_duration(duration(value)).into())),
    method("Hours", &[], |_, value, _| in_units(duration(value), 3600 * SECOND)),
    method("Minutes", &[], |_, value, _| in_units(duration(value), 60 * SECOND)),
    method("Seconds", &[], |_, value, _| in_units(duration(value), SECOND)),
    method("Milliseconds", &[], |_, value, _| int64(duration(value) / 1_000_000)),
    method("Microseconds", &[], |_, value, _| int64(duration(value) / 1_000)),
    method("Nanoseconds", &[], |_, value, _| int64(duration(value))),
    method("Abs", &[], |_, value, _| object(Duration(duration(value).saturating_abs()))),
    method("Round", &[DURATION_TYPE], |_, value, arguments| {
        object(Duration(round_duration(duration(value), nanoseconds(arguments))))
    }),
    method("Truncate", &[DURATION_TYPE], |_, value, arguments| {
        let (value, unit) = (duration(value), nanoseconds(arguments));
        object(Duration(if unit <= 0 { value } else { value - value % unit }))
    }),
];

// === Month and Weekday ===

/// The name of a month or day; numbers outside of the calendar show as themselves.
fn name(names: &[&str], index: i64, kind: &str, number: i64) -> Text {
    match usize::try_from(index).ok().and_then(|index| names.get(index)) {
        Some(name) => (*name).into(),
        None => format!("%!{kind}({number})").into(),
    }
}

impl Object for Month {
    fn type_of(&self) -> Type {
        Type::Named(&MONTH)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        static STRING: Method =
            method("String", &[], |_, value, _| match value.downcast::<Month>().and_then(Object::display) {
                Some(text) => Ok(text.into()),
                None => Ok("".into()),
            });
        (name == STRING.name).then_some(&STRING)
    }

    fn display(&self) -> Option<Text> {
        Some(name(&MONTHS, self.0 - 1, "Month", self.0))
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::int(self.0))
    }
}

impl Object for Weekday {
    fn type_of(&self) -> Type {
        Type::Named(&WEEKDAY)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        static STRING: Method = method("String", &[], |_, value, _| {
            match value.downcast::<Weekday>().and_then(Object::display) {
                Some(text) => Ok(text.into()),
                None => Ok("".into()),
            }
        });
        (name == STRING.name).then_some(&STRING)
    }

    fn display(&self) -> Option<Text> {
        Some(name(&WEEKDAYS, self.0, "Weekday", self.0))
    }

    fn underlying(&self) -> Option<Value> {
        Some(Value::int(self.0))
    }
}
