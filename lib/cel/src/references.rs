//! The names that an expression takes from outside: those that no loop of its own binds.

use cel::IdedExpr;
use cel::common::ast::{EntryExpr, Expr};

/// The first name in `expression` that is neither bound by a loop nor accepted by `known`.
pub fn unknown<'e>(expression: &'e IdedExpr, known: &impl Fn(&str) -> bool) -> Option<&'e str> {
    Search { known, bound: Vec::new() }.visit(expression)
}

struct Search<'e, 'k, K> {
    known: &'k K,
    bound: Vec<&'e str>,
}

impl<'e, K: Fn(&str) -> bool> Search<'e, '_, K> {
    fn visit(&mut self, expression: &'e IdedExpr) -> Option<&'e str> {
        match &expression.expr {
            Expr::Unspecified | Expr::Literal(_) => None,
            Expr::Ident(name) => {
                (!self.bound.contains(&name.as_str()) && !(self.known)(name)).then_some(name.as_str())
            }
            Expr::Select(select) => self.visit(&select.operand),
            Expr::List(list) => list.elements.iter().find_map(|element| self.visit(element)),
            Expr::Map(map) => map.entries.iter().find_map(|entry| self.visit_entry(&entry.expr)),
            Expr::Struct(made) => made.entries.iter().find_map(|entry| self.visit_entry(&entry.expr)),
            Expr::Call(call) => {
                let target = call.target.iter().find_map(|target| self.visit(target));
                target.or_else(|| call.args.iter().find_map(|argument| self.visit(argument)))
            }
            Expr::Comprehension(looped) => {
                if let Some(found) = self.visit(&looped.iter_range).or_else(|| self.visit(&looped.accu_init))
                {
                    return Some(found);
                }
                let before = self.bound.len();
                self.bound.extend([looped.iter_var.as_str(), looped.accu_var.as_str()]);
                self.bound.extend(looped.iter_var2.as_deref());
                let found = [&looped.loop_cond, &looped.loop_step, &looped.result]
                    .into_iter()
                    .find_map(|part| self.visit(part));
                self.bound.truncate(before);
                found
            }
        }
    }

    fn visit_entry(&mut self, entry: &'e EntryExpr) -> Option<&'e str> {
        match entry {
            EntryExpr::StructField(field) => self.visit(&field.value),
            EntryExpr::MapEntry(entry) => self.visit(&entry.key).or_else(|| self.visit(&entry.value)),
        }
    }
}
