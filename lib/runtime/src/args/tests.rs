//! The command line as Flux's manifests and operators write it.

use clap::Parser;

use super::*;

#[derive(Parser, Debug)]
struct Cli {
    #[command(flatten)]
    common: CommonArgs,
    #[arg(long, default_value = "/data")]
    storage_path: String,
}

fn parse(flags: &[&str]) -> CommonArgs {
    parse_all(flags).common
}

fn parse_all(flags: &[&str]) -> Cli {
    Cli::try_parse_from(std::iter::once("controller").chain(flags.iter().copied())).unwrap()
}

#[test]
fn booleans_stand_alone_or_carry_a_value() {
    for (flags, expected) in [
        (&[][..], false),
        (&["--enable-leader-election"], true),
        (&["--enable-leader-election", "--log-level=debug"], true),
        (&["--enable-leader-election=true"], true),
        (&["--enable-leader-election=F"], false),
        (&["--enable-leader-election", "--enable-leader-election=false"], false),
    ] {
        assert_eq!(parse(flags).scope.enable_leader_election, expected, "{flags:?}");
    }
    assert!(!parse(&["--watch-all-namespaces=false"]).scope.watch_all_namespaces);
}

#[test]
fn the_last_occurrence_wins_even_for_a_controllers_own_flags() {
    assert_eq!(parse(&["--log-level=info", "--log-level", "error"]).log_level, LogLevel::Error);
    assert_eq!(parse_all(&["--storage-path=/a", "--storage-path=/b"]).storage_path, "/b");
}

#[test]
fn scope_follows_the_flags() {
    let shard = parse(&["--watch-label-selector=!sharding.fluxcd.io/key"]).watch_scope();
    assert_eq!(shard.label_selector.as_deref(), Some("!sharding.fluxcd.io/key"));
    assert_eq!(shard.namespace, None);
    let one = parse(&["--watch-all-namespaces=false"]).watch_scope();
    assert!(one.namespace.is_some() && one.label_selector.is_none());
}

#[test]
fn durations_are_gos() {
    let args = parse(&["--min-retry-delay=1m30s", "--requeue-dependency=5s"]);
    assert_eq!((args.min_retry_delay.as_secs(), args.requeue_dependency.as_secs()), (90, 5));
    assert_eq!(
        (args.max_retry_delay.as_secs(), args.scope.leader_election_renew_deadline.as_secs()),
        (900, 30)
    );
}

#[test]
fn listen_addresses() {
    for (text, expected) in [
        (":8080", Some("[::]:8080")),
        (":0", Some("[::]:0")),
        ("127.0.0.1:9440", Some("127.0.0.1:9440")),
        ("localhost:1", Some("127.0.0.1:1")),
        ("[::1]:9", Some("[::1]:9")),
        ("8080", None),
        (":http", None),
        ("example.com:80", None),
    ] {
        assert_eq!(listen_address(text).ok().map(|a| a.to_string()).as_deref(), expected, "{text}");
    }
}

#[test]
fn feature_gates_merge_and_refuse_unknown_names() {
    let known = [("A", false), ("B", true), ("C", false)];
    let gates = |flags: &[&str]| FeatureGates::parse(&known, &parse(flags).feature_gates);
    let merged = gates(&["--feature-gates=A=true,B=false", "--feature-gates", "C=true,A=false"]).unwrap();
    assert_eq!(["A", "B", "C", "D"].map(|name| merged.enabled(name)), [false, false, true, false]);
    assert!(gates(&[]).unwrap().enabled("B"));
    assert_eq!(gates(&["--feature-gates=X=true"]), Err(UnknownGate::Name("X".into())));
    assert_eq!(gates(&["--feature-gates=A"]), Err(UnknownGate::Value("A".into())));
}
