//! What `generate` takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use clap_complete::Shell;

/// Write a man page, or completions for a shell
///
/// Both come from the definition of the command line itself, so that they are those of this very version. For who installs demarche, or packs it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  demarche generate man predict | man -l -\n  demarche generate complete-bash -o ~/.local/share/bash-completion/completions/demarche"
)]
pub struct GenerateArgs {
    /// What to write
    #[arg(value_name = "KIND", value_enum)]
    pub kind: Generated,
    /// The command whose man page it is [default: the page of demarche itself, which lists them]
    #[arg(value_name = "COMMAND")]
    pub page: Option<String>,
    /// Where to write, whole or not at all [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Generated {
    /// A page for man(1)
    Man,
    CompleteBash,
    CompleteZsh,
    CompleteFish,
    #[value(name = "complete-powershell")]
    CompletePowerShell,
}

impl Generated {
    /// The shell that completions are for.
    pub fn shell(self) -> Option<Shell> {
        match self {
            Generated::Man => None,
            Generated::CompleteBash => Some(Shell::Bash),
            Generated::CompleteZsh => Some(Shell::Zsh),
            Generated::CompleteFish => Some(Shell::Fish),
            Generated::CompletePowerShell => Some(Shell::PowerShell),
        }
    }
}
