//! `stance(text)`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringArray};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, plan_err};
use datafusion::functions::utils::make_scalar_function;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature};

use super::any_arguments;
use super::scores::Scores;
use super::shared::SharedClassifier;
use super::strings::{Strings, must_be_strings};
use crate::model::{StanceClassifier, top};

const NAME: &str = "stance";

/// The function and its model.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Stance {
    classifier: SharedClassifier,
    signature: Signature,
}

impl Stance {
    pub fn new(classifier: Arc<StanceClassifier>) -> Self {
        Stance {
            classifier: SharedClassifier(classifier),
            signature: any_arguments(),
        }
    }

    /// The label of each text.
    fn label(&self, texts: &dyn Array) -> Result<ArrayRef> {
        let labels = self.classifier.labels();
        let scores = Scores::of(&self.classifier, Strings::of(texts)?);
        let stances = scores.rows().map(|row| row.map(|p| labels[top(p)].as_str()));
        Ok(Arc::new(StringArray::from_iter(stances)))
    }
}

impl ScalarUDFImpl for Stance {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [text] => must_be_strings(NAME, text, "a text").map(|()| DataType::Utf8),
            _ => plan_err!("{NAME}: {} arguments given; write {NAME}(text)", arguments.len()),
        }
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        make_scalar_function(|columns| self.label(&columns[0]), Vec::new())(&arguments.args)
    }
}
