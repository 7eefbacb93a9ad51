//! A colour, a sign and a name for each label, so that colour is never the only difference.

/// How a label looks on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// The class of the style sheet: colour, and the pattern of the line below a statement.
    pub class: &'static str,
    /// A shape that every font has.
    pub sign: &'static str,
}

const WARM: Look = look("t0", "▲");
const COOL: Look = look("t1", "●");
const PLAIN: Look = look("t2", "■");
/// For the labels of other models. More than these share a look, not a name.
const OTHERS: [Look; 5] = [
    look("t3", "◆"),
    look("t4", "▼"),
    look("t5", "★"),
    look("t6", "◀"),
    look("t7", "▶"),
];

const fn look(class: &'static str, sign: &'static str) -> Look {
    Look { class, sign }
}

/// The look of each label: pressure is warm, its opposite cool.
pub(super) fn looks(labels: &[String]) -> Vec<Look> {
    let mut others = OTHERS.iter().cycle();
    labels
        .iter()
        .map(|label| match label.as_str() {
            "warning" => WARM,
            "conciliatory" => COOL,
            "neutral" => PLAIN,
            _ => *others.next().expect("the cycle has no end"),
        })
        .collect()
}

/// A label as the start of a line.
pub(super) fn capitalised(label: &str) -> String {
    let mut characters = label.chars();
    let first = characters.next().map(|c| c.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}

/// A probability as people read it, never rounded to certainty.
pub(super) fn percent(p: f64) -> String {
    match p {
        p if p >= 0.995 => "> 99%".to_owned(),
        p if p < 0.005 => "< 1%".to_owned(),
        p => format!("{:.0}%", p * 100.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_any_model_have_a_look() {
        let labels: Vec<String> = ["warning", "x", "y", "z", "a", "b", "c"].map(str::to_owned).into();
        let looks = looks(&labels);
        assert_eq!(looks[0], WARM);
        assert_eq!(looks[1], looks[6]);
        assert_ne!(looks[1], looks[2]);
    }

    #[test]
    fn nothing_is_certain() {
        assert_eq!([0.9999, 0.873, 0.0].map(percent), ["> 99%", "87%", "< 1%"]);
    }
}
