//! Snowball stemming. The only file that names rust-stemmers.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use rust_stemmers::Algorithm;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind};

macro_rules! languages {
    ($($variant:ident $name:literal),+ $(,)?) => {
        /// The language whose Snowball stemmer reduces words to stems.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        #[non_exhaustive]
        pub enum Language {
            /// Words are kept as they are.
            None,
            #[doc = "The default."]
            #[default]
            English,
            $(#[doc = concat!("The ", $name, " stemmer.")] $variant,)+
        }

        impl Language {
            /// Every language that can be chosen.
            pub const ALL: &[Language] = &[Language::None, Language::English, $(Language::$variant),+];

            /// The name in lower case, as on the command line.
            pub fn name(self) -> &'static str {
                match self {
                    Language::None => "none",
                    Language::English => "english",
                    $(Language::$variant => $name,)+
                }
            }

            fn algorithm(self) -> Option<Algorithm> {
                match self {
                    Language::None => None,
                    Language::English => Some(Algorithm::English),
                    $(Language::$variant => Some(Algorithm::$variant),)+
                }
            }
        }
    };
}

languages! {
    Arabic "arabic", Danish "danish", Dutch "dutch", Finnish "finnish", French "french", German "german",
    Greek "greek", Hungarian "hungarian", Italian "italian", Norwegian "norwegian", Portuguese "portuguese",
    Romanian "romanian", Russian "russian", Spanish "spanish", Swedish "swedish", Tamil "tamil", Turkish "turkish",
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Language {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Language::ALL.iter().copied().find(|l| l.name() == name).ok_or_else(|| {
            ErrorKind::InvalidParameter {
                name: "language",
                value: name.to_owned(),
                must: "`none` or the English name of a language with a Snowball stemmer, such as `english` or `french`",
            }
            .into()
        })
    }
}

/// Reduces lower-case words to their stems.
///
/// ```
/// use demarche::text::{Language, Stemmer};
/// let stemmer = Stemmer::new(Language::English);
/// assert_eq!(stemmer.stem("threatening"), "threaten");
/// assert_eq!(Stemmer::new(Language::None).stem("threatening"), "threatening");
/// ```
pub struct Stemmer {
    inner: Option<rust_stemmers::Stemmer>,
}

/// Words that the Snowball English of rust-stemmers 1.2 (2019) turns into something else altogether: an early rule takes
/// a doubled consonant for an inflection. The stems are those of today's Snowball.
const ENGLISH_EXCEPTIONS: [(&str, &str); 6] = [
    ("added", "add"),
    ("adding", "add"),
    ("egged", "egg"),
    ("erred", "err"),
    ("evening", "evening"),
    ("evenings", "evening"),
];

impl Stemmer {
    /// The stemmer of `language`.
    pub fn new(language: Language) -> Self {
        Stemmer {
            inner: language.algorithm().map(rust_stemmers::Stemmer::create),
        }
    }

    /// The stem of `word`, which must be in lower case.
    pub fn stem<'w>(&self, word: &'w str) -> Cow<'w, str> {
        let Some(inner) = &self.inner else {
            return Cow::Borrowed(word);
        };
        if let Some((_, stem)) = ENGLISH_EXCEPTIONS.iter().find(|(from, _)| *from == word) {
            return Cow::Borrowed(stem);
        }
        inner.stem(word)
    }
}

impl fmt::Debug for Stemmer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stemmer").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_is_found_by_its_name() {
        for &language in Language::ALL {
            assert_eq!(language.name().parse::<Language>().unwrap(), language);
        }
        assert!("klingon".parse::<Language>().is_err());
    }

    #[test]
    fn known_slips_of_the_old_english_stemmer_are_mended() {
        let stemmer = Stemmer::new(Language::English);
        assert_eq!(stemmer.stem("added"), stemmer.stem("add"));
        assert_ne!(stemmer.stem("evening"), stemmer.stem("even"));
    }
}
