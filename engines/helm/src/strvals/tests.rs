//! Texts and what they set.

use serde_json::json;

use super::*;

fn shown(result: Result<(), SetError>, values: Values) -> String {
    result.map_or_else(|error| error.to_string(), |()| Value::Object(values).to_string())
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let mut values = Values::new();
    let result = set(&mut values, text);
    assert_eq!(shown(result, values), expected, "{text}");
}

#[test]
fn typed_values() {
    check("name1=null,f=false,t=TRUE,z=0", r#"{"f":false,"name1":null,"t":true,"z":0}"#);
    check(
        "a=1,b=-7,c=007,d=1.5,e=+5,g=9223372036854775808",
        r#"{"a":1,"b":-7,"c":"007","d":"1.5","e":5,"g":"9223372036854775808"}"#,
    );
    check("a={1,b,null},c={}", r#"{"a":[1,"b",null],"c":[""]}"#);
    check("a.b.c=1,a.b.d=2", r#"{"a":{"b":{"c":1,"d":2}}}"#);
    check("a[0].b=1,a[0].c=2,a[2]=x", r#"{"a":[{"b":1,"c":2},null,"x"]}"#);
    check("a[0][1]=x,a[0][0]=y", r#"{"a":[["y","x"]]}"#);
    check(r"a\.b=x\,y,c=d\\e", r#"{"a.b":"x,y","c":"d\\e"}"#);
    check("a=", r#"{"a":""}"#);
    check("=x", "{}");
    check("a.", "{}");
    check("a[0", "{}");
    check("a[0]", r#"{"a":[]}"#);
    check("a=b=c", r#"{"a":"b=c"}"#);
}

#[test]
fn failures() {
    check("a", r#"key "a" has no value"#);
    check("a,b=1", r#"key "a" has no value (cannot end with ,)"#);
    check("a={x", "list must terminate with '}'");
    check("a[x]=1", r#"error parsing index: strconv.Atoi: parsing "x": invalid syntax"#);
    check("a[-1]=1", "negative -1 index not allowed");
    check("a[65537]=1", "index of 65537 is greater than maximum supported index of 65536");
    check("a[0]b=1", "unexpected data at end of array index: ['b']");
    check("a.=1", r#"key map "a" has no value"#);
    check(
        "a=1,a.b=2",
        "unable to parse key: interface conversion: interface {} is int64, not map[string]interface {}",
    );
    check(
        "a=null,a[0]=2",
        "unable to parse key: interface conversion: interface {} is nil, not []interface {}",
    );
    let deep = format!("{}=1", ["a"; 32].join("."));
    check(&deep, "value name nested level is greater than maximum supported nested level of 30");
    check(&format!("a{}=1", "[0]".repeat(200)), "value names are nested deeper than 128 levels");
    let long: Vec<_> = (0..5).map(|name| format!("a{name}[65536]=1")).collect();
    check(&long.join(","), "lists are longer than 262144 items together");
}

#[test]
fn over_what_is_there() {
    let mut values = Values::new();
    values.insert("a".to_owned(), json!({"b": [1, {"c": 2}]}));
    values.insert("keep".to_owned(), json!(true));
    set(&mut values, "a.b[1].d=3,a.b[0].e=4,a.f=5").expect("fits");
    let expected = json!({"a": {"b": [{"e": 4}, {"c": 2, "d": 3}], "f": 5}, "keep": true});
    assert_eq!(Value::Object(values), expected);
}

#[test]
fn other_styles() {
    let mut values = Values::new();
    set_string(&mut values, "a=1,b={true,2}").expect("fits");
    set_literal(&mut values, r"c.d[0]=x,y\,{z}=[").expect("fits");
    set_json(&mut values, r#"e={"f":[1,"x"]} , g = null,h="#).expect("fits");
    set_json(&mut values, r#" {"e": {"i": 2}}"#).expect("fits");
    set_file(&mut values, "j=path", &mut |path| Ok(format!("<{path}>"))).expect("fits");
    let expected = json!({"a": "1", "b": ["true", "2"], "c": {"d": ["x,y\\,{z}=["]},
        "e": {"f": [1.0, "x"], "i": 2.0}, " g ": null, "h": null, "j": "<path>"});
    assert_eq!(Value::Object(values.clone()), expected);
    assert_eq!(set_json(&mut values, "a={").expect_err("broken").to_string(), "data a={");
    assert_eq!(set_json(&mut values, "{").expect_err("broken").to_string(), "data JSON: {");
    let missing = set_file(&mut values, "a=x", &mut |path| Err(format!("no {path}")));
    assert_eq!(missing.expect_err("broken").to_string(), "no x");
}

#[test]
fn target_paths() {
    for (value, is_literal, expected) in [
        ("1", false, json!({"a": {"b": [1]}})),
        ("'1'", false, json!({"a": {"b": ["1"]}})),
        ("\"x,y=z\"", false, json!({"a": {"b": ["x"]}, "y": "z"})),
        ("{x,y}", false, json!({"a": {"b": [["x", "y"]]}})),
        ("{x,\\y}=.[", true, json!({"a": {"b": ["{x,\\y}=.["]}})),
        ("", true, json!({"a": {"b": [""]}})),
    ] {
        let mut values = Values::new();
        set_at(&mut values, "a.b[0]", value, is_literal).expect("fits");
        assert_eq!(Value::Object(values), expected, "{value}");
    }
}
