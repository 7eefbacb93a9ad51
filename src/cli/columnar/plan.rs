//! Which columns an output has.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};

use super::answers::AnsweredRows;
use super::batches::unfold;
use super::format::Format;
use crate::cli::answers::{Answers, Kind};

/// The columns of an output: those of the input that are kept, then what the model says.
#[derive(Clone)]
pub struct Plan {
    pub schema: SchemaRef,
    pub kept: Kept,
    /// How many labels have a probability.
    pub labels: usize,
    /// What is added behind the probabilities, without the words that decided.
    pub kinds: Vec<Kind>,
    pub explain: bool,
}

/// Where columns that are kept come from.
#[derive(Debug, Clone)]
pub enum Kept {
    /// So many are texts.
    Texts(usize),
    /// They stand at these places of a batch; where so said, their values are taken out of dictionaries.
    OfBatch { places: Vec<usize>, unfold: bool },
}

impl Format {
    /// The columns of records that are text: strings.
    pub fn plan(self, header: &[String], answers: &Answers) -> Plan {
        let fields = header
            .iter()
            .map(|name| Arc::new(Field::new(name, DataType::Utf8, true)));
        Plan::new(fields.collect(), Kept::Texts(header.len()), answers, Schema::empty())
    }
}

impl Plan {
    /// The columns of batches: those of an only input as they are; of several, what is null or in a dictionary in one need not be so in
    /// another.
    pub fn of_schema(schema: &Schema, answers: &Answers, unfold: bool, is_only: bool) -> Self {
        // Columns of an earlier prediction are replaced.
        let added = answers.header();
        let places = (0..schema.fields().len()).filter(|&place| !added.contains(schema.field(place).name()));
        let places: Vec<usize> = places.collect();
        let field = |&place: &usize| {
            let field = schema.field(place);
            let data_type = match unfold {
                true => unfolded(field.data_type()),
                false => field.data_type(),
            };
            let is_nullable = field.is_nullable() || !is_only;
            let field = field.clone().with_data_type(data_type.clone());
            Arc::new(field.with_nullable(is_nullable))
        };
        let fields = places.iter().map(field).collect();
        Plan::new(fields, Kept::OfBatch { places, unfold }, answers, schema.clone())
    }

    fn new(mut fields: Vec<Arc<Field>>, kept: Kept, answers: &Answers, source: Schema) -> Self {
        let kinds: Vec<Kind> = answers.added().into_iter().map(|(_, kind)| kind).collect();
        let mut types = vec![DataType::Utf8];
        types.extend(vec![DataType::Float64; 1 + answers.labels.len()]);
        types.extend(kinds.iter().map(|kind| match kind {
            Kind::Label => DataType::Utf8,
            Kind::Labels => DataType::List(member()),
            Kind::Number => DataType::Float64,
            Kind::Flag => DataType::Boolean,
        }));
        types.resize(answers.header().len(), DataType::Utf8);
        let added = answers.header().into_iter().zip(types);
        fields.extend(added.map(|(name, data_type)| Arc::new(Field::new(name, data_type, true))));
        Plan {
            schema: Arc::new(Schema::new_with_metadata(fields, source.metadata)),
            kept,
            labels: answers.labels.len(),
            kinds,
            explain: answers.explain,
        }
    }

    /// A place for rows.
    pub fn rows(&self) -> AnsweredRows {
        AnsweredRows::new(self)
    }

    /// Whether rows of both can stand in one output.
    pub fn is_same(&self, other: &Plan) -> bool {
        let shape = |plan: &Plan| {
            let fields = plan.schema.fields().iter();
            fields
                .map(|field| (field.name().clone(), field.data_type().clone()))
                .collect::<Vec<_>>()
        };
        shape(self) == shape(other)
    }

    /// The columns and their types, for people.
    pub fn columns(&self) -> String {
        let fields = self.schema.fields().iter();
        let columns = fields.map(|field| format!("{} ({})", field.name(), field.data_type()));
        columns.collect::<Vec<_>>().join(", ")
    }
}

impl Kept {
    /// The columns of a batch that are kept.
    pub fn of(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>, ArrowError> {
        match self {
            Kept::Texts(_) => Ok(Vec::new()),
            Kept::OfBatch { places, unfold: true } => places.iter().map(|&place| unfold(batch.column(place))).collect(),
            Kept::OfBatch { places, .. } => Ok(places.iter().map(|&place| batch.column(place).clone()).collect()),
        }
    }
}

/// The type of the values themselves.
pub fn unfolded(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => values,
        other => other,
    }
}

/// The members of a set of labels.
pub fn member() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Utf8, true))
}
