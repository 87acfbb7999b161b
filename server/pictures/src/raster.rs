//! SVG of ours to pixels, as PNG.
//!
//! Invariant: the tree is made with our fonts and nothing else; whatever refers to a file or an address is left out. The
//! size of the picture was checked where its parameters were read.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{ImageHrefResolver, Options, Tree};

use crate::error::PictureError;
use crate::font;

/// The tree of shapes in SVG text.
pub(crate) fn tree(svg: &str) -> Result<Tree, PictureError> {
    let options = Options {
        resources_dir: None,
        font_family: font::FAMILY.to_owned(),
        fontdb: font::database(),
        image_href_resolver: ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..Options::default()
    };
    Tree::from_str(svg, &options).map_err(|error| PictureError::Drawing(error.to_string()))
}

/// A drawing as PNG.
pub(crate) fn png(svg: &str) -> Result<Vec<u8>, PictureError> {
    let tree = tree(svg)?;
    let size = tree.size().to_int_size();
    let Some(mut pixels) = Pixmap::new(size.width(), size.height()) else {
        let size = format!("no room for {} × {} pixels", size.width(), size.height());
        return Err(PictureError::Drawing(size));
    };
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| PictureError::Drawing(error.to_string()))
}
