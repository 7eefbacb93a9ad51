//! The day of an article: no clock, no time zone.

use std::fmt;

/// A day of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// How many lines of an article are looked at for its date.
const HEAD: usize = 12;

impl Date {
    /// That day, if the calendar has it and news could be of it: from 1800 to 2199.
    pub fn new(year: i32, month: u8, day: u8) -> Option<Self> {
        let exists = (1800..2200).contains(&year) && (1..=12).contains(&month) && day >= 1;
        (exists && day <= days_in(year, month)).then_some(Date { year, month, day })
    }

    /// Reads `2024-03-05` (and what may follow it, such as a time), `March 5, 2024` or `5 March 2024`, anywhere in `text`.
    ///
    /// ```
    /// use demarche::report::Date;
    ///
    /// assert_eq!(Date::parse("Tuesday, March 5, 2024"), Date::new(2024, 3, 5));
    /// assert_eq!(Date::parse("2024-03-05T10:00:00Z"), Date::new(2024, 3, 5));
    /// assert_eq!(Date::parse("3/5/24"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .collect();
        words.windows(3).find_map(|three| match three {
            [year, month, day] if is_year(year) => {
                let day = &day[..day.find('T').unwrap_or(day.len())];
                Date::new(number(year)?, small(month)?, small(day)?)
            }
            [a, b, year] if is_year(year) => {
                let (month, day) = match (month(a), month(b)) {
                    (Some(month), _) => (month, b),
                    (_, Some(month)) => (month, a),
                    _ => return None,
                };
                let day = day.trim_end_matches(|c: char| c.is_ascii_alphabetic());
                Date::new(number(year)?, month, small(day)?)
            }
            _ => None,
        })
    }

    /// The date that an article gives near its top: on a line of its own, or in its dateline.
    pub fn find(article: &str) -> Option<Self> {
        let lines = article.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.take(HEAD).find_map(|line| {
            let dateline = [" — ", " – ", " -- "].iter().filter_map(|dash| line.find(dash)).min();
            match dateline {
                Some(end) if end <= 100 => Date::parse(&line[..end]),
                _ if line.len() <= 60 && !line.ends_with('.') => Date::parse(line),
                _ => None,
            }
        })
    }

    /// The year.
    pub fn year(self) -> i32 {
        self.year
    }

    /// The month, from 1.
    pub fn month(self) -> u8 {
        self.month
    }

    /// The name of the month.
    pub fn month_name(self) -> &'static str {
        MONTHS[usize::from(self.month) - 1]
    }

    /// The day after.
    pub fn next(self) -> Self {
        let Date { year, month, day } = self;
        Date::new(year, month, day + 1).unwrap_or(match month {
            12 => Date {
                year: year + 1,
                month: 1,
                day: 1,
            },
            _ => Date {
                month: month + 1,
                day: 1,
                ..self
            },
        })
    }

    /// The first day of the same month.
    pub fn month_start(self) -> Self {
        Date { day: 1, ..self }
    }

    /// The first day of the same year.
    pub fn year_start(self) -> Self {
        Date {
            month: 1,
            day: 1,
            ..self
        }
    }

    /// `2024-03-05`.
    pub fn iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Display for Date {
    /// `5 March 2024`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.day, self.month_name(), self.year)
    }
}

fn days_in(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit())
}

fn number(word: &str) -> Option<i32> {
    let short = (1..=4).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit());
    short.then(|| word.parse().ok())?.filter(|&n| n > 0)
}

fn small(word: &str) -> Option<u8> {
    number(word).and_then(|n| n.try_into().ok())
}

/// `March`, `Mar`, `Sept`.
fn month(word: &str) -> Option<u8> {
    // `get` for words that are not ASCII.
    let fits = |name: &&str| word.len() >= 3 && name.get(..word.len()).is_some_and(|n| n.eq_ignore_ascii_case(word));
    let at = MONTHS.iter().position(fits)?;
    Some(at as u8 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_news_writes_them() {
        let date = Date::new(2021, 12, 31);
        for text in [
            "December 31, 2021",
            "31 December 2021",
            "Dec. 31, 2021",
            "Friday 31st Dec 2021",
            "2021-12-31",
            "2021-12-31T23:59:59+01:00",
            "Updated: 2021/12/31 08:00",
        ] {
            assert_eq!(Date::parse(text), date, "{text}");
        }
        for text in [
            "",
            "31 2021",
            "Ma 1 2021",
            "February 30, 2021",
            "é 1 2021",
            "2021-13-01",
            "99999-01-01",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_article_gives_its_date_at_the_top() {
        let day = Date::new(2024, 3, 5);
        assert_eq!(Date::find("Title\n\nMarch 5, 2024\n\nIt rained."), day);
        assert_eq!(Date::find("KELVANA, March 5, 2024 — The talks failed."), day);
        assert_eq!(Date::find("KELVANA, March 5 — The talks failed."), None);
        assert_eq!(Date::find("He said on March 5, 2024 that it rained."), None);
    }

    #[test]
    fn days_follow_one_another() {
        let mut day = Date::new(1999, 12, 30).unwrap();
        for expected in ["1999-12-31", "2000-01-01"] {
            day = day.next();
            assert_eq!(day.iso(), expected);
        }
        assert_eq!(Date::new(2000, 2, 28).unwrap().next().iso(), "2000-02-29");
    }
}
