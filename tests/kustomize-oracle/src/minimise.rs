//! Makes a case smaller while the difference stays of its sort: files go first, then blocks of lines, then lines.

use std::io;

use crate::case::Case;
use crate::compare::{Bench, Sort};

/// The smallest case that was found.
///
/// # Errors
/// When the original can not be asked.
pub fn minimise(bench: &mut Bench, case: &Case, sort: Sort) -> io::Result<Case> {
    let mut best = case.clone();
    loop {
        let before = best.clone();
        without_files(bench, &mut best, sort)?;
        without_blocks(bench, &mut best, sort)?;
        if best == before {
            return Ok(best);
        }
    }
}

fn holds(bench: &mut Bench, case: &Case, sort: Sort) -> io::Result<bool> {
    if case.files.is_empty() {
        return Ok(false);
    }
    let (found, _) = bench.compare(case)?;
    Ok(found.is_some_and(|found| found.sort == sort))
}

fn without_files(bench: &mut Bench, best: &mut Case, sort: Sort) -> io::Result<()> {
    for path in best.files.keys().cloned().collect::<Vec<_>>() {
        let mut smaller = best.clone();
        smaller.files.remove(&path);
        if smaller.target() == best.target() && holds(bench, &smaller, sort)? {
            *best = smaller;
        }
    }
    Ok(())
}

fn without_blocks(bench: &mut Bench, best: &mut Case, sort: Sort) -> io::Result<()> {
    for path in best.files.keys().cloned().collect::<Vec<_>>() {
        let mut at = 0;
        loop {
            let lines: Vec<&str> = best.files[&path].split_inclusive('\n').collect();
            if at >= lines.len() {
                break;
            }
            let end = block_end(&lines, at);
            let without = |from: usize, to: usize| [&lines[..from], &lines[to..]].concat().concat();
            let mut tries = vec![without(at, end)];
            if end > at + 1 {
                tries.push(without(at, at + 1));
            }
            let mut found = None;
            for body in tries {
                let mut smaller = best.clone();
                smaller.files.insert(path.clone(), body);
                if holds(bench, &smaller, sort)? {
                    found = Some(smaller);
                    break;
                }
            }
            match found {
                Some(smaller) => *best = smaller,
                None => at += 1,
            }
        }
    }
    Ok(())
}

/// A line with all that stands deeper below it.
fn block_end(lines: &[&str], at: usize) -> usize {
    let depth = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let own = depth(lines[at]);
    let is_item = |line: &str| line.trim_start().starts_with("- ");
    let below =
        |line: &&&str| depth(line) > own || depth(line) == own && is_item(line) && !is_item(lines[at]);
    at + 1 + lines[at + 1..].iter().take_while(below).count()
}
