//! `demarche generate`: man pages and completions, from the definition of the command line.

use clap_mangen::Man;

use super::args::{GenerateArgs, command};
use super::output::Output;
use crate::error::{ErrorKind, Result};

pub fn run(args: &GenerateArgs) -> Result<()> {
    let bytes = match (args.kind.shell(), &args.page) {
        (None, page) => man_page(page.as_deref())?,
        (Some(shell), None) => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command(), "demarche", &mut script);
            script
        }
        (Some(_), Some(page)) => {
            return Err(ErrorKind::InvalidParameter {
                name: "the command",
                value: page.clone(),
                must: "left out: completions are for all commands together",
            }
            .into());
        }
    };
    let mut output = Output::open(args.output.as_deref())?;
    output.write(&bytes)?;
    output.finish()
}

/// The page of one command, or of the program.
fn man_page(name: Option<&str>) -> Result<Vec<u8>> {
    let mut program = command().disable_help_subcommand(true);
    program.build();
    let page = match name {
        None => program,
        Some(name) => program
            .find_subcommand(name)
            .cloned()
            .ok_or_else(|| ErrorKind::InvalidParameter {
                name: "the command",
                value: name.to_owned(),
                must: "one of those that `demarche --help` lists",
            })?,
    };
    let mut bytes = Vec::new();
    Man::new(page)
        .source(concat!("demarche ", env!("CARGO_PKG_VERSION")))
        .manual("demarche")
        .render(&mut bytes)?;
    // What stands below the options is called this by all other pages.
    let text = String::from_utf8_lossy(&bytes).replace(".SH EXTRA\n", ".SH EXAMPLES\n");
    Ok(text.into_bytes())
}
