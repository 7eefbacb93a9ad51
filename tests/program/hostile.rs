//! Texts that would do harm on a page that takes them for markup.

use serde_json::json;

/// As a speaker, a statement, a title: closes every context that it could stand in.
pub const TEXT: &str = "</title></script><script>window.hacked=1</script>\"><img src=x onerror=\"window.hacked=1\"> {{ 7*7 }} {% raw %} \
    &lt;b&gt; ' onload=hacked=1 \u{2028}\u{2029}\u{202e}evil\u{0}\u{1b}[31m";
/// The same for an argument, which can hold no NUL.
pub const TITLE: &str = "</title></script><script>window.hacked=1</script>\"><img src=x onerror=\"window.hacked=1\"> {{ 7*7 }} \u{2028}\u{202e}";
pub const ID: &str = "=HYPERLINK(\"https://example.org\")";

/// Articles in which everything is hostile, as JSONL.
pub fn article_records() -> String {
    let text = format!(
        "{TEXT}\n\n\
         Elna <script>window.hacked=1</script> Varga said that the talks </mark></p><script>window.hacked=1</script> would go on.\n\n\
         \"We warn\u{2028}them \u{202e}of the consequences,\" Piet Lind said.\n\n\
         Elna Varga warned that the <img src=x onerror=window.hacked=1> {{{{ constructor }}}} is a threat to us all. \
         \"@SUM(A1) is what we want now,\" said Anna \"><svg onload=hacked=1> Berg.\n"
    );
    let transcript = "MR. LIND: =cmd|' /C calc'!A0 is what they say.\n\nMS. BERG: @SUM(A1) is what we say.\n\nMR. LIND: We disagree.\n";
    let articles = [
        json!({"id": ID, "title": TEXT, "date": "2024-03-05", "text": text}),
        json!({"id": 2, "text": transcript}),
    ];
    articles.map(|article| article.to_string() + "\n").concat()
}
