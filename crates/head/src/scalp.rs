//! From an image to a smooth, closed, well-triangulated scalp, and from one surface to another.
//!
//! | module | what it does |
//! |---|---|
//! | [`otsu`] | the grey value that best parts background from tissue |
//! | [`mask`] | connected components, cavities, opening and closing by exact distance |
//! | [`gaussian`] | separable smoothing of a volume |
//! | [`isosurface`] | a watertight marching-cubes surface |
//! | [`subdivide`] | Catmull–Clark subdivision of a quad mesh |
//! | [`decimate`] | a coarser surface for measuring many times |
//! | [`remesh`] | isotropic remeshing with an edge length that may vary |
//! | [`holes`] | border loops and their filling |
//! | [`field`] | smooth vector fields on a mesh: fairing, blending, spreading of displacements |
//! | [`spline`] | thin-plate spline warps of space |
//! | [`check`] | self-intersections and shapes of triangles |
//! | [`extract`] | all of the above that a head needs: image → scalp |

pub mod check;
pub mod decimate;
pub mod extract;
pub mod field;
pub mod gaussian;
pub mod holes;
pub mod isosurface;
pub mod mask;
pub mod otsu;
pub mod remesh;
pub mod spline;
pub mod subdivide;
