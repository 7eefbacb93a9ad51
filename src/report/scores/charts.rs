//! The charts of a page of scores, drawn by plotters as SVG. Its colours are names: the style sheet exchanges them for those of day and night.

use plotters::coord::Shift;
use plotters::coord::ranged1d::SegmentValue;
use plotters::prelude::*;

/// What was measured.
const DATA: RGBColor = RGBColor(0x1d, 0x4f, 0x7c);
/// The lines behind it.
const GRID: RGBColor = RGBColor(0xde, 0xdb, 0xd3);
/// Axes, and what it is held against.
const AXIS: RGBColor = RGBColor(0x5d, 0x5c, 0x58);

const SIZE: (u32, u32) = (560, 400);
const FONT: (&str, i32) = ("sans-serif", 17);

type Area<'s> = DrawingArea<SVGBackend<'s>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// A score with where it may lie.
pub(super) struct Whisker {
    pub name: String,
    pub value: f64,
    pub interval: Option<(f64, f64)>,
}

/// A line through points of the unit square.
#[derive(Default)]
pub(super) struct Curve<'a> {
    pub points: &'a [(f64, f64)],
    /// What the axes show.
    pub axes: (&'a str, &'a str),
    /// Points that stand out.
    pub marks: &'a [(f64, f64)],
    /// Where the vertical axis starts.
    pub floor: f64,
    /// Whether the points should lie on the diagonal.
    pub diagonal: bool,
}

/// Draws it.
pub(super) fn curve(curve: &Curve<'_>) -> String {
    draw(SIZE, |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .x_label_area_size(44)
            .y_label_area_size(68)
            .build_cartesian_2d(0.0..1.0, curve.floor..1.0)?;
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(AXIS)
            .label_style(FONT)
            .x_labels(11)
            .y_labels(11)
            .x_label_formatter(&share)
            .y_label_formatter(&|y| format!("{y:.2}"))
            .x_desc(curve.axes.0)
            .y_desc(curve.axes.1)
            .draw()?;
        if curve.diagonal {
            chart.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], AXIS))?;
        }
        chart.draw_series(LineSeries::new(curve.points.iter().copied(), DATA.stroke_width(2)))?;
        chart.draw_series(curve.marks.iter().map(|&point| Circle::new(point, 5, DATA.filled())))?;
        Ok(())
    })
}

/// A line for each score, from the low end of its interval to the high one, with the score as a point; the first one on top.
pub(super) fn whiskers(scores: &[Whisker], x: &str) -> String {
    let longest = scores.iter().map(|score| score.name.chars().count()).max().unwrap_or(0);
    // A single line needs room for two.
    let last = (scores.len() as i32 - 1).max(1);
    let lowest = scores
        .iter()
        .map(|score| score.interval.map_or(score.value, |(low, _)| low))
        .fold(0.0, f64::min);
    let floor = (lowest * 10.0).floor() / 10.0;
    draw((SIZE.0, 64 + 30 * (last as u32 + 1)), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_right(20)
            .x_label_area_size(44)
            .y_label_area_size(16 + 8 * longest as u32)
            .build_cartesian_2d(floor..1.0, (0..last).into_segmented())?;
        let name = |place: &SegmentValue<i32>| match place {
            SegmentValue::CenterOf(place) => scores
                .get((last - place) as usize)
                .map_or(String::new(), |s| s.name.clone()),
            _ => String::new(),
        };
        chart
            .configure_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(GRID)
            .axis_style(AXIS)
            .label_style(FONT)
            .disable_y_mesh()
            .x_labels(11)
            .y_labels(scores.len())
            .x_label_formatter(&share)
            .y_label_formatter(&name)
            .x_desc(x)
            .draw()?;
        let places = || scores.iter().zip((0..=last).rev());
        let ends = places().filter_map(|(score, place)| score.interval.map(|ends| (ends, place)));
        let at = |x: f64, place: i32| (x, SegmentValue::CenterOf(place));
        chart.draw_series(
            ends.map(|((low, high), place)| PathElement::new([at(low, place), at(high, place)], DATA.stroke_width(3))),
        )?;
        chart.draw_series(places().map(|(score, place)| Circle::new(at(score.value, place), 5, DATA.filled())))?;
        Ok(())
    })
}

fn share(value: &f64) -> String {
    format!("{value:.1}")
}

fn draw(size: (u32, u32), drawing: impl FnOnce(&Area<'_>) -> Drawn) -> String {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        drawing(&area)
            .and_then(|()| Ok(area.present()?))
            .expect("a string takes everything");
    }
    svg
}
