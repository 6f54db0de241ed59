//! Files of a build: kustomization files found and read, files that they name loaded within the restriction, and the
//! schema that the first of them may choose.

use std::rc::Rc;

use bytes::Bytes;

use super::{Loader, Many, Target, one, remote};
use crate::LoadRestriction;
use crate::error::{Cause, Result, at_path, invalid};
use crate::kustomization::Kustomization;
use crate::place::Written;
use crate::resource::Origin;
use crate::schema::{self, Schema};
use crate::transform::CurrentSchema;
use crate::tree::{Entry, is_inside, join};

impl Loader<'_> {
    pub(super) fn open(&mut self, directory: &str, above: &[String], origin: Option<Origin>) -> Many<Target> {
        if above.len() >= self.recorder.limits().depth {
            let limit = self.recorder.limits().depth;
            return Err(one(Cause::Limit { what: "kustomizations that lead to each other", limit }.into()));
        }
        let file = self.find_file(directory).map_err(one)?;
        let bytes = self.recorder.read(&file).map_err(one)?;
        let written = Written { file, bytes };
        let (kustomization, deprecated) = Kustomization::parse(&written.bytes, &written.file)
            .map_err(|errors| written.blame_all(errors))?;
        if self.opened.insert(directory.to_owned()) {
            self.deprecations.extend(deprecated);
        }
        let Written { file, bytes } = written;
        let mut visited = above.to_vec();
        visited.push(directory.to_owned());
        Ok(Target { directory: directory.to_owned(), file, kustomization, bytes, visited, origin })
    }

    fn find_file(&self, directory: &str) -> Result<String> {
        let mut found = Vec::new();
        for name in crate::KUSTOMIZATION_FILE_NAMES {
            let path = join(directory, name)?;
            let real = self.recorder.real_path(&path)?;
            // A link to a file elsewhere is not taken for a kustomization file.
            let allowed =
                self.options.load_restriction == LoadRestriction::None || is_inside(&real, directory);
            if self.recorder.entry(&path)? == Some(Entry::File) && allowed {
                found.push(path);
            }
        }
        match found.pop() {
            None => {
                let names = crate::KUSTOMIZATION_FILE_NAMES.join(", ");
                Err(at_path("no kustomization file in ", directory, format!("; expected one of {names}")))
            }
            Some(_) if !found.is_empty() => {
                Err(at_path("more than one kustomization file in ", directory, "; keep one of them"))
            }
            Some(path) => Ok(path),
        }
    }

    /// The tree path of a file that a kustomization names, for messages.
    pub(super) fn path_of(&self, target: &Target, path: &str) -> String {
        let full = self.recorder.resolve(&target.directory, path);
        full.and_then(|full| self.recorder.real_path(&full)).unwrap_or_else(|_| path.to_owned())
    }

    /// Reads a file that a kustomization names.
    pub(super) fn load(&self, target: &Target, path: &str) -> Result<Bytes> {
        if remote::is_url(path) {
            return Err(remote::refusal(path));
        }
        let full = self.recorder.real_path(&self.recorder.resolve(&target.directory, path)?)?;
        if self.options.load_restriction == LoadRestriction::RootOnly && !is_inside(&full, &target.directory)
        {
            let why =
                " is not in or below the directory of its kustomization; LoadRestrictionsNone would allow it";
            return Err(at_path("security: ", full, why));
        }
        match self.recorder.entry(&full)? {
            Some(Entry::Directory) => Err(at_path("", full, " is a directory; a file is expected")),
            _ => self.recorder.read(&full),
        }
    }

    pub(super) fn use_schema(&mut self, target: &Target) -> Result<()> {
        let named = &target.kustomization.open_api;
        let content = named.get("path").map(|path| self.load(target, path)).transpose();
        let content = content.map_err(|error| error.field("openapi.path"))?;
        if self.schema_is_set {
            return Ok(());
        }
        match (content, named.get("version")) {
            (Some(_), Some(_)) => {
                Err(invalid("builtin version and custom schema provided, cannot use both").field("openapi"))
            }
            (Some(content), None) => {
                let mut schema =
                    Schema::from_open_api(&content).map_err(|error| error.field("openapi.path"))?;
                // The original has read its embedded document by then only if it met a kind it does not know.
                if self.unknown_kind_seen {
                    schema = schema.with_embedded();
                }
                self.schema = CurrentSchema(Some(Rc::new(schema)));
                self.schema_is_set = true;
                Ok(())
            }
            (None, Some(version)) if version == schema::VERSION => {
                self.schema_is_set = true;
                Ok(())
            }
            (None, Some(version)) if !version.is_empty() => {
                let message =
                    format!("the OpenAPI version {version} is not built in; expected {}", schema::VERSION);
                Err(invalid(message).field("openapi.version"))
            }
            _ => Ok(()),
        }
    }
}
