//! The command line as users type it: what parses, into what, and what is refused with which exit code.

use clap::error::ErrorKind;

use super::*;

fn parse(line: &str) -> Result<Command, clap::Error> {
    let words = std::iter::once("plumbago").chain(line.split_whitespace());
    Cli::try_parse_from(words).map(|cli| cli.command)
}

fn refusal(line: &str) -> (ErrorKind, i32) {
    let error = parse(line).expect_err(line);
    (error.kind(), error.exit_code())
}

#[test]
fn the_parser_is_consistent() {
    use clap::CommandFactory;
    Cli::command().debug_assert();
}

#[test]
fn serve_takes_every_flag() {
    let line = "serve --config a.toml --data-dir d --listen-http 127.0.0.1:1 --listen-plaintext 127.0.0.1:2 \
                --listen-pickle off --listen-udp 127.0.0.1:4 --bind 0.0.0.0 --storage-schemas s.conf \
                --storage-aggregation a.conf --clock fixed:1710504000";
    let Ok(Command::Serve(args)) = parse(line) else { panic!("not understood: {line}") };
    assert_eq!(args.config.config.as_deref(), Some(Path::new("a.toml")));
    assert_eq!(args.config.data_dir.as_deref(), Some(Path::new("d")));
    assert_eq!(args.config.storage_schemas.as_deref(), Some(Path::new("s.conf")));
    assert_eq!(args.config.storage_aggregation.as_deref(), Some(Path::new("a.conf")));
    assert_eq!(args.listen_pickle, Some(ListenAddress::Off));
    assert_eq!(args.listen_udp.map(|address| address.to_string()).as_deref(), Some("127.0.0.1:4"));
    assert_eq!(args.bind.map(|ip| ip.to_string()).as_deref(), Some("0.0.0.0"));
    assert_eq!(args.clock, ClockChoice::Fixed(1_710_504_000));
}

#[test]
fn query_has_defaults_and_takes_negative_times() {
    let Ok(Command::Query(args)) = parse("query a.b") else { panic!("not understood") };
    assert_eq!((args.from.as_str(), args.until.as_str(), args.plot), ("-1h", "now", false));
    assert_eq!(args.store.choice(), StoreChoice::Server("http://127.0.0.1:8080"));

    let Ok(Command::Query(args)) = parse("query a.b c.d --from -2d --until -1d --plot --data-dir x") else {
        panic!("not understood")
    };
    assert_eq!(args.expressions, ["a.b", "c.d"]);
    assert_eq!((args.from.as_str(), args.until.as_str(), args.plot), ("-2d", "-1d", true));
    assert_eq!(args.store.choice(), StoreChoice::Directory(Path::new("x")));
}

#[test]
fn changes_can_be_rehearsed() {
    let Ok(Command::Delete(args)) = parse("delete hosts.* --dry-run --url http://x:1") else {
        panic!("delete")
    };
    assert!(args.dry_run);
    assert_eq!(args.store.choice(), StoreChoice::Server("http://x:1"));
    let Ok(Command::Rename(args)) = parse("rename a.* b.*") else { panic!("rename") };
    assert_eq!((args.from.as_deref(), args.to.as_deref(), args.dry_run), (Some("a.*"), Some("b.*"), false));
}

#[test]
fn tagged_series_are_chosen_by_expressions() {
    let Ok(Command::Delete(args)) = parse("delete --tag host=a --tag name=~cpu") else { panic!("delete") };
    assert_eq!((args.glob, args.tags.as_slice()), (None, &["host=a".to_owned(), "name=~cpu".to_owned()][..]));
    let Ok(Command::Rename(args)) = parse("rename --tag host=a --set host=b --set dc=") else {
        panic!("rename")
    };
    assert_eq!((args.from, args.set.as_slice()), (None, &["host=b".to_owned(), "dc=".to_owned()][..]));
}

#[test]
fn series_are_counted_and_aged() {
    let Ok(Command::Stale(args)) = parse("stale hosts.** --for 30d") else { panic!("stale") };
    assert_eq!((args.glob.as_deref(), args.stale_for.as_str()), (Some("hosts.**"), "30d"));
    let Ok(Command::Delete(args)) = parse("delete ** --stale-for 30d") else { panic!("delete") };
    assert_eq!(args.stale_for.as_deref(), Some("30d"));
    let Ok(Command::Cardinality(args)) = parse("cardinality --by points --depth 3 --below a.b") else {
        panic!("cardinality")
    };
    assert_eq!(
        (args.top, args.depth, args.below.as_str(), args.by),
        (20, 3, "a.b", CardinalityOrder::Points)
    );
}

#[test]
fn wrong_calls_exit_with_2() {
    for (line, kind) in [
        ("query", ErrorKind::MissingRequiredArgument),
        ("query a --url http://x --data-dir d", ErrorKind::ArgumentConflict),
        ("serve --listen-http example.org:80", ErrorKind::ValueValidation),
        ("serve --clock yesterday", ErrorKind::ValueValidation),
        ("serve --bind everywhere", ErrorKind::ValueValidation),
        ("swerve", ErrorKind::InvalidSubcommand),
        ("rename a", ErrorKind::MissingRequiredArgument),
        ("stale a", ErrorKind::MissingRequiredArgument),
        ("cardinality --by size", ErrorKind::InvalidValue),
        ("delete", ErrorKind::MissingRequiredArgument),
        ("delete a --tag b=c", ErrorKind::ArgumentConflict),
        ("rename --tag a=b", ErrorKind::MissingRequiredArgument),
        ("rename a b --set c=d", ErrorKind::ArgumentConflict),
    ] {
        assert_eq!(refusal(line), (kind, 2), "{line}");
    }
}
