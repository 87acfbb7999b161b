//! SVG of ours to a PDF of one page.
//!
//! Owns the way from the rasteriser's tree of shapes to PDF operators: filled and stroked paths, clipping and opacity,
//! which is all that our drawings are made of. Text is drawn as its outlines, so that no reader needs the fonts.
//! Invariant: no dates and no random ids, so that equal drawings are equal bytes.

use std::collections::BTreeMap;

use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref};
use resvg::tiny_skia::{Path, PathSegment, Point};
use resvg::usvg::{Fill, FillRule, Group, LineCap, LineJoin, Node, Paint, Stroke};

use crate::error::PictureError;
use crate::raster;

/// A pixel of the screen, in points.
const POINTS_PER_PIXEL: f32 = 0.75;

/// How thoroughly pages are compressed, from 0 to 10.
const COMPRESSION: u8 = 6;

/// A drawing as PDF.
pub(crate) fn pdf(svg: &str) -> Result<Vec<u8>, PictureError> {
    let tree = raster::tree(svg)?;
    let (width, height) = (tree.size().width() * POINTS_PER_PIXEL, tree.size().height() * POINTS_PER_PIXEL);
    let mut page = Page { content: Content::new(), opacities: BTreeMap::new() };
    // SVG counts from the top.
    page.content.transform([POINTS_PER_PIXEL, 0.0, 0.0, -POINTS_PER_PIXEL, 0.0, height]);
    page.group(tree.root());
    Ok(page.finish(width, height))
}

/// The page in the making.
struct Page {
    content: Content,
    /// The opacities in use, in thousandths: of fills and of strokes.
    opacities: BTreeMap<(bool, u16), String>,
}

impl Page {
    fn finish(self, width: f32, height: f32) -> Vec<u8> {
        let [catalog, pages, page_id, content_id] = [1, 2, 3, 4].map(Ref::new);
        let mut pdf = Pdf::new();
        pdf.catalog(catalog).pages(pages);
        pdf.pages(pages).kids([page_id]).count(1);
        let mut page = pdf.page(page_id);
        page.media_box(Rect::new(0.0, 0.0, width, height));
        page.parent(pages);
        page.contents(content_id);
        let mut resources = page.resources();
        let mut states = resources.ext_g_states();
        for ((is_stroke, thousandths), name) in &self.opacities {
            let opacity = f32::from(*thousandths) / 1000.0;
            let mut state =
                states.insert(Name(name.as_bytes())).start::<pdf_writer::writers::ExtGraphicsState>();
            if *is_stroke {
                state.stroking_alpha(opacity);
            } else {
                state.non_stroking_alpha(opacity);
            }
        }
        states.finish();
        resources.finish();
        page.finish();
        let content =
            miniz_oxide::deflate::compress_to_vec_zlib(self.content.finish().as_slice(), COMPRESSION);
        pdf.stream(content_id, &content).filter(Filter::FlateDecode);
        pdf.finish()
    }

    fn group(&mut self, group: &Group) {
        let Some(clip) = group.clip_path() else {
            return self.children(group);
        };
        self.content.save_state();
        for node in clip.root().children() {
            if let Node::Path(path) = node {
                self.outline(path.data());
            }
        }
        self.content.clip_nonzero();
        self.content.end_path();
        self.children(group);
        self.content.restore_state();
    }

    fn children(&mut self, group: &Group) {
        for node in group.children() {
            match node {
                Node::Group(inner) => self.group(inner),
                Node::Text(text) => self.group(text.flattened()),
                Node::Path(path) => {
                    self.content.save_state();
                    let at = path.abs_transform();
                    self.content.transform([at.sx, at.ky, at.kx, at.sy, at.tx, at.ty]);
                    if let Some(fill) = path.fill() {
                        self.fill(path.data(), fill);
                    }
                    if let Some(stroke) = path.stroke() {
                        self.stroke(path.data(), stroke);
                    }
                    self.content.restore_state();
                }
                // Our drawings have none.
                Node::Image(_) => {}
            }
        }
    }

    fn fill(&mut self, path: &Path, fill: &Fill) {
        let Paint::Color(color) = fill.paint() else { return };
        self.opacity(false, fill.opacity().get());
        let [red, green, blue] = [color.red, color.green, color.blue].map(|part| f32::from(part) / 255.0);
        self.content.set_fill_rgb(red, green, blue);
        self.outline(path);
        match fill.rule() {
            FillRule::NonZero => self.content.fill_nonzero(),
            FillRule::EvenOdd => self.content.fill_even_odd(),
        };
    }

    fn stroke(&mut self, path: &Path, stroke: &Stroke) {
        let Paint::Color(color) = stroke.paint() else { return };
        self.opacity(true, stroke.opacity().get());
        let [red, green, blue] = [color.red, color.green, color.blue].map(|part| f32::from(part) / 255.0);
        self.content.set_stroke_rgb(red, green, blue);
        self.content.set_line_width(stroke.width().get());
        self.content.set_line_cap(match stroke.linecap() {
            LineCap::Butt => LineCapStyle::ButtCap,
            LineCap::Round => LineCapStyle::RoundCap,
            LineCap::Square => LineCapStyle::ProjectingSquareCap,
        });
        self.content.set_line_join(match stroke.linejoin() {
            LineJoin::Miter | LineJoin::MiterClip => LineJoinStyle::MiterJoin,
            LineJoin::Round => LineJoinStyle::RoundJoin,
            LineJoin::Bevel => LineJoinStyle::BevelJoin,
        });
        if let Some(dashes) = stroke.dasharray() {
            self.content.set_dash_pattern(dashes.iter().copied(), stroke.dashoffset());
        }
        self.outline(path);
        self.content.stroke();
    }

    /// Sets the opacity of fills or strokes, where it is not the usual one.
    fn opacity(&mut self, is_stroke: bool, opacity: f32) {
        let thousandths = (opacity.clamp(0.0, 1.0) * 1000.0).round() as u16;
        if thousandths == 1000 {
            return;
        }
        let letter = if is_stroke { 'S' } else { 'F' };
        let name = self
            .opacities
            .entry((is_stroke, thousandths))
            .or_insert_with(|| format!("{letter}{thousandths}"));
        self.content.set_parameters(Name(name.as_bytes()));
    }

    fn outline(&mut self, path: &Path) {
        let mut last = Point::zero();
        for segment in path.segments() {
            match segment {
                PathSegment::MoveTo(to) => {
                    self.content.move_to(to.x, to.y);
                    last = to;
                }
                PathSegment::LineTo(to) => {
                    self.content.line_to(to.x, to.y);
                    last = to;
                }
                PathSegment::QuadTo(by, to) => {
                    // PDF knows cubic curves only.
                    let toward = |from: Point| {
                        (from.x + (by.x - from.x) * 2.0 / 3.0, from.y + (by.y - from.y) * 2.0 / 3.0)
                    };
                    let ((x1, y1), (x2, y2)) = (toward(last), toward(to));
                    self.content.cubic_to(x1, y1, x2, y2, to.x, to.y);
                    last = to;
                }
                PathSegment::CubicTo(first, second, to) => {
                    self.content.cubic_to(first.x, first.y, second.x, second.y, to.x, to.y);
                    last = to;
                }
                PathSegment::Close => {
                    self.content.close_path();
                }
            }
        }
    }
}
