//! What holds for any values: settings come back as written, values laid over a chart twice are those laid over it once, and
//! a chart of many aliases ends in an error.

use proptest::prelude::*;
use serde_json::{Value, json};
use sluice_helm::chart::{Chart, File};
use sluice_helm::values::{Values, coalesce_values, overlay};
use sluice_helm::{dependencies, strvals};

fn file(name: &str, data: impl Into<bytes::Bytes>) -> File {
    File { name: name.to_owned(), data: data.into(), modified: None }
}

fn chart(own: &Values, below: &Values) -> Chart {
    let text = |values: &Values| Value::Object(values.clone()).to_string();
    let files = vec![
        file("Chart.yaml", "apiVersion: v2\nname: above\nversion: 1.0.0\n"),
        file("values.yaml", text(own)),
        file("charts/below/Chart.yaml", "apiVersion: v2\nname: below\nversion: 1.0.0\n"),
        file("charts/below/values.yaml", text(below)),
    ];
    Chart::from_files(files).expect("a chart").chart
}

fn values() -> impl Strategy<Value = Values> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (0..100_i32).prop_map(|number| json!(f64::from(number))),
        "[a-z]{0,3}".prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-c]", inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[a-d]", tree, 0..4).prop_map(|map| map.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_literal_setting_comes_back(value in "\\PC{0,20}", key in "[a-z]{1,5}", index in 0_usize..4) {
        let mut values = Values::new();
        strvals::set_at(&mut values, &format!("{key}.x[{index}]"), &value, true).expect("fits");
        prop_assert_eq!(&values[&key]["x"][index], &json!(value));
        let mut literal = Values::new();
        strvals::set_literal(&mut literal, &format!("{key}.x[{index}]={value}")).expect("fits");
        prop_assert_eq!(values, literal);
    }

    #[test]
    fn no_setting_panics(text in "[a-c=,.{}\\[\\]\\\\0-9\" ]{0,40}") {
        let mut values = Values::new();
        let _ = strvals::set(&mut values, &text);
        let _ = strvals::set_json(&mut values, &text);
        let _ = strvals::set_literal(&mut values, &text);
    }

    #[test]
    fn laying_over_twice_changes_nothing(own in values(), below in values(), given in values()) {
        let chart = chart(&own, &below);
        let once = coalesce_values(&chart, &given).expect("fits").values;
        let twice = coalesce_values(&chart, &once).expect("fits").values;
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn what_is_laid_over_wins(mut below in values(), above in values()) {
        overlay(&mut below, above.clone());
        let mut again = below.clone();
        overlay(&mut again, above);
        prop_assert_eq!(below, again);
    }
}

#[test]
fn many_aliases_end_in_an_error() {
    let listed: String =
        (0..20_000).map(|alias| format!("- {{name: below, version: 1.0.0, alias: a{alias}}}\n")).collect();
    let files = vec![
        file("Chart.yaml", format!("apiVersion: v2\nname: above\nversion: 1.0.0\ndependencies:\n{listed}")),
        file("charts/below/Chart.yaml", "apiVersion: v2\nname: below\nversion: 1.0.0\n"),
    ];
    let chart = Chart::from_files(files).expect("a chart").chart;
    let error = dependencies::resolve(&chart, &Values::new()).expect_err("too many");
    assert_eq!(error.to_string(), "aliases make more than 5000 charts");
}

#[test]
fn large_values_below_many_aliases_end_in_an_error() {
    let listed: String =
        (0..500).map(|alias| format!("- {{name: below, version: 1.0.0, alias: a{alias}}}\n")).collect();
    let files = vec![
        file("Chart.yaml", format!("apiVersion: v2\nname: above\nversion: 1.0.0\ndependencies:\n{listed}")),
        file("charts/below/Chart.yaml", "apiVersion: v2\nname: below\nversion: 1.0.0\n"),
        file("charts/below/values.yaml", format!("text: {}\n", "x".repeat(1 << 20))),
    ];
    let chart = Chart::from_files(files).expect("a chart").chart;
    let error = dependencies::resolve(&chart, &Values::new()).expect_err("too large");
    assert_eq!(error.to_string(), "the values of the charts are too large together");
}
