//! `stance_proba(text, label)` and `stance_proba(text)`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, Float64Array, StructArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::{DataFusionError, Result, ScalarValue, plan_err};
use datafusion::functions::utils::make_scalar_function;
use datafusion::logical_expr::function::Hint;
use datafusion::logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDFImpl, Signature};

use super::scores::Scores;
use super::shared::SharedClassifier;
use super::strings::{Strings, must_be_strings};
use super::{any_arguments, unplannable};
use crate::error::{Error, ErrorKind};
use crate::model::StanceClassifier;

const NAME: &str = "stance_proba";

/// The function and its model.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct StanceProba {
    classifier: SharedClassifier,
    signature: Signature,
}

impl StanceProba {
    pub fn new(classifier: Arc<StanceClassifier>) -> Self {
        StanceProba {
            classifier: SharedClassifier(classifier),
            signature: any_arguments(),
        }
    }

    /// Where a label stands among the model's.
    fn position(&self, label: &str) -> Result<usize, Error> {
        let labels = self.classifier.labels();
        labels.iter().position(|known| known == label).ok_or_else(|| {
            let (label, known) = (label.to_owned(), labels.to_vec());
            ErrorKind::UnknownLabel { label, known }.into()
        })
    }

    /// One field for each label.
    fn fields(&self) -> Fields {
        let labels = self.classifier.labels().iter();
        labels.map(|label| Field::new(label, DataType::Float64, true)).collect()
    }

    /// The probabilities of all labels.
    fn of_all(&self, texts: &dyn Array) -> Result<ArrayRef> {
        let scores = Scores::of(&self.classifier, Strings::of(texts)?);
        let of_label = |label: usize| -> ArrayRef {
            Arc::new(Float64Array::from_iter(scores.rows().map(|row| row.map(|p| p[label]))))
        };
        let columns = (0..self.classifier.labels().len()).map(of_label).collect();
        let nulls: NullBuffer = scores.rows().map(|row| row.is_some()).collect();
        Ok(Arc::new(StructArray::try_new(self.fields(), columns, Some(nulls))?))
    }

    /// The probability of each text's label, or of the one label there is.
    fn of_label(&self, texts: &dyn Array, labels: &dyn Array) -> Result<ArrayRef> {
        let labels = Strings::of(labels)?;
        let positions = labels.values.iter().map(|label| self.position(label));
        let positions: Vec<usize> = positions
            .collect::<Result<_, _>>()
            .map_err(|error| DataFusionError::Execution(format!("{NAME}: {error}")))?;
        let label_of = |row: usize| {
            let row = if labels.rows.len() == 1 { 0 } else { row };
            labels.rows[row].map(|label| positions[label])
        };
        let scores = Scores::of(&self.classifier, Strings::of(texts)?);
        let probabilities = scores.rows().enumerate().map(|(row, p)| Some(p?[label_of(row)?]));
        Ok(Arc::new(Float64Array::from_iter(probabilities)))
    }
}

impl ScalarUDFImpl for StanceProba {
    fn name(&self) -> &str {
        NAME
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        match arguments {
            [text] => {
                must_be_strings(NAME, text, "a text")?;
                Ok(DataType::Struct(self.fields()))
            }
            [text, label] => {
                must_be_strings(NAME, text, "a text")?;
                must_be_strings(NAME, label, "a label")?;
                Ok(DataType::Float64)
            }
            _ => plan_err!(
                "{NAME}: {} arguments given; write {NAME}(text, label) or {NAME}(text)",
                arguments.len()
            ),
        }
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<DataType> = arguments.arg_fields.iter().map(|f| f.data_type().clone()).collect();
        let returned = self.return_type(&types)?;
        if let Some(Some(label)) = arguments.scalar_arguments.get(1)
            && let Some(Some(label)) = ScalarValue::try_as_str(label)
        {
            self.position(label).map_err(|error| unplannable(NAME, error))?;
        }
        Ok(Arc::new(Field::new(NAME, returned, true)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let work = |columns: &[ArrayRef]| match columns {
            [texts, labels] => self.of_label(texts, labels),
            columns => self.of_all(&columns[0]),
        };
        make_scalar_function(work, vec![Hint::Pad, Hint::AcceptsSingular])(&arguments.args)
    }
}
