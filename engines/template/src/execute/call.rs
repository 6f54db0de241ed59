//! Calls: arity, arguments, errors of functions.

use super::State;
use super::slot::Slot;
use crate::error::Error;
use crate::function::{Call, Signature};
use crate::tree::{Callee, Node, Operand};
use crate::value::Value;

impl<'s> State<'s> {
    /// Calls what an identifier names; errors of the function itself are at `node`.
    pub(super) fn callee(
        &mut self,
        dot: &Slot,
        callee: Callee,
        node: Node<'s>,
        operands: &'s [Operand],
        last: Option<Slot>,
    ) -> Result<Slot, Error> {
        let function = match callee {
            Callee::Builtin(builtin) => return self.builtin(dot, builtin, node, operands, last),
            Callee::Function(function) => function,
        };
        let values = self.arguments(dot, function.name, &function.signature, operands, last)?;
        self.step()?;
        let call = Call::new(self.set, self.environment);
        crate::stack::grow(|| (function.body)(&call, &values)).map(Slot::result).map_err(|cause| {
            self.at = Some(node);
            self.calling(function.name, cause)
        })
    }

    pub(super) fn calling(&self, name: &str, cause: Error) -> Error {
        self.fail_with(format_args!("error calling {name}: "), Some(cause))
    }

    /// Evaluates arguments and checks them against a signature.
    pub(super) fn arguments(
        &mut self,
        dot: &Slot,
        name: &str,
        signature: &Signature,
        operands: &'s [Operand],
        last: Option<Slot>,
    ) -> Result<Vec<Value>, Error> {
        self.check_count(name, signature, operands.len(), last.is_some())?;
        let mut values = Vec::with_capacity(operands.len() + usize::from(last.is_some()));
        for operand in operands {
            let of = signature.parameter(values.len());
            values.push(self.argument(dot, of, operand)?);
        }
        if let Some(slot) = last {
            let of = signature.parameter(values.len());
            values.push(self.checked(slot, of)?);
        }
        Ok(values)
    }

    pub(super) fn check_count(
        &self,
        name: &str,
        signature: &Signature,
        operands: usize,
        piped: bool,
    ) -> Result<(), Error> {
        let count = operands + usize::from(piped);
        let wanted = signature.parameters.len();
        if !signature.variadic && count != wanted {
            return Err(self.fail(format_args!("wrong number of args for {name}: want {wanted} got {count}")));
        }
        if signature.variadic && count < wanted - 1 {
            let least = wanted - 1;
            // Go does not count the piped value here.
            let message =
                format_args!("wrong number of args for {name}: want at least {least} got {operands}");
            return Err(self.fail(message));
        }
        Ok(())
    }
}
