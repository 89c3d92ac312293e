//! What the server holds in memory: the knowledge, the evidence, and the heads that are in use.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use baihui_atlas::{Atlas, Choices, Names, Request, locate::Location};
use baihui_clinic::knowledge::Knowledge;
use baihui_evidence::claim::{Claim, EvidenceBase};
use baihui_head::{
    Head,
    ten_five::{self, Site, System},
};

use super::{bodies::Regular, cortex, jobs::Jobs, practice::Practice, problem::Problem};

/// Heads that are kept; the one that was used longest ago goes first.
const MAX_HEADS: usize = 24;
/// Locations that are kept for each head.
const MAX_LOCATIONS: usize = 48;
/// Name of the built-in head.
pub const BUILT_IN: &str = "template";
/// How the names of heads begin that were made of a person's own image, scan or points: who may read patients sees them.
pub const OWN: &str = "own";

/// Whether the name is that of a person's own head, or of a body with such a head.
pub fn is_own(name: &str) -> bool {
    name.starts_with(OWN)
}

/// A head with what was worked out on it.
pub struct Loaded {
    /// Its name on this server.
    pub id: String,
    /// The head.
    pub head: Head,
    mesh: OnceLock<Vec<u8>>,
    sites: OnceLock<Vec<Site>>,
    located: Mutex<BTreeMap<String, Arc<Location>>>,
    /// What was found beneath its skin.
    pub cortex: cortex::Held,
}

impl Loaded {
    /// A head under a name.
    pub fn new(id: &str, head: Head) -> Self {
        Self {
            id: id.to_owned(),
            head,
            mesh: OnceLock::new(),
            sites: OnceLock::new(),
            located: Mutex::default(),
            cortex: cortex::Held::default(),
        }
    }

    /// The head as GLB.
    pub fn mesh(&self) -> &[u8] {
        self.mesh.get_or_init(|| baihui_head::io::glb::write_head(&self.head))
    }

    /// The 10-10 sites; none where the head lacks a landmark that they need.
    pub fn sites(&self) -> &[Site] {
        self.sites.get_or_init(|| ten_five::sites(&self.head, System::TenTen).unwrap_or_default())
    }

    /// Items on this head; worked out once.
    pub fn located(&self, app: &App, request: &Request, key: &str) -> Result<Arc<Location>, Problem> {
        if let Some(known) = lock(&self.located).get(key) {
            return Ok(Arc::clone(known));
        }
        let location =
            baihui_atlas::locate::locate(&app.atlas, &app.names, &self.head, request).map_err(|e| {
                Problem::not_located(format!("nothing can be located on {}: {e}", self.head.name))
            })?;
        let location = Arc::new(location);
        let mut cache = lock(&self.located);
        if cache.len() >= MAX_LOCATIONS {
            cache.pop_first();
        }
        cache.insert(key.to_owned(), Arc::clone(&location));
        Ok(location)
    }
}

#[derive(Default)]
struct Heads {
    tick: u64,
    kept: BTreeMap<String, (u64, Arc<Loaded>)>,
}

/// What every handler is given.
pub struct App {
    /// The atlas.
    pub atlas: Atlas,
    /// Its names.
    pub names: Names,
    /// Conditions, techniques, rules of safety, instruments.
    pub knowledge: Knowledge,
    /// Default choices.
    pub choices: Choices,
    /// Claims in the order of their files.
    pub claims: Vec<Claim>,
    /// The evidence tables.
    pub evidence: EvidenceBase,
    /// The record, if one is open.
    pub practice: Option<Practice>,
    /// Whether connections are encrypted, so that cookies may be sent on no others.
    pub encrypted: bool,
    /// Regular acupuncture.
    pub(super) regular: Regular,
    /// Heads that are being made.
    pub(super) jobs: Jobs,
    heads: Mutex<Heads>,
}

/// A lock that survives a panic elsewhere: what it guards is a cache.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl App {
    /// The server's memory, with the built-in head.
    pub fn new(
        atlas: Atlas,
        knowledge: Knowledge,
        claims: Vec<Claim>,
        evidence: EvidenceBase,
        practice: Option<Practice>,
    ) -> Self {
        let names = Names::of(&atlas);
        let app = Self {
            atlas,
            names,
            knowledge,
            choices: Choices::default(),
            claims,
            evidence,
            practice,
            encrypted: false,
            regular: Regular::default(),
            jobs: Jobs::default(),
            heads: Mutex::default(),
        };
        app.keep(BUILT_IN, baihui_head::template::template());
        app
    }

    /// A head by its name.
    pub fn head(&self, id: &str) -> Result<Arc<Loaded>, Problem> {
        let mut heads = lock(&self.heads);
        heads.tick += 1;
        let tick = heads.tick;
        let found = heads.kept.get_mut(id).map(|(used, head)| {
            *used = tick;
            Arc::clone(head)
        });
        found.ok_or_else(|| {
            Problem::not_found(format!("there is no head \"{id}\" in memory"))
                .hint("heads are kept while the server runs; make it again from its measurements")
        })
    }

    /// Keeps a head under a name; the same name means the same head.
    pub fn keep(&self, id: &str, head: Head) -> Arc<Loaded> {
        let mut heads = lock(&self.heads);
        heads.tick += 1;
        let tick = heads.tick;
        if let Some((used, known)) = heads.kept.get_mut(id) {
            *used = tick;
            return Arc::clone(known);
        }
        if heads.kept.len() >= MAX_HEADS {
            let oldest = heads
                .kept
                .iter()
                .filter(|(name, _)| name.as_str() != BUILT_IN)
                .min_by_key(|(_, (used, _))| *used)
                .map(|(name, _)| name.clone());
            if let Some(name) = oldest {
                heads.kept.remove(&name);
            }
        }
        let loaded = Arc::new(Loaded::new(id, head));
        heads.kept.insert(id.to_owned(), (tick, Arc::clone(&loaded)));
        loaded
    }

    /// Forgets a head.
    pub fn forget(&self, id: &str) {
        lock(&self.heads).kept.remove(id);
    }

    /// Index of a school.
    pub fn school(&self, id: &str) -> Result<usize, Problem> {
        self.atlas.school(id).ok_or_else(|| {
            let ids: Vec<&str> = self.atlas.schools.iter().map(|s| s.id.as_str()).collect();
            Problem::not_found(format!("there is no school \"{id}\""))
                .hint(format!("the schools are: {}", ids.join(", ")))
        })
    }

    /// Index of an item by its code or a name.
    pub fn item(&self, code: &str) -> Result<usize, Problem> {
        let found = self.atlas.find(code).or_else(|| match self.atlas.search(code).as_slice() {
            [one] => Some(*one),
            _ => None,
        });
        found.ok_or_else(|| {
            let codes = self.atlas.entries.iter().map(|e| &e.item.code);
            let near = baihui_atlas::check::nearest(code, codes).map(|n| format!("did you mean {n}?"));
            Problem::not_found(format!("nothing in the atlas is called \"{code}\"")).maybe_hint(near)
        })
    }

    /// Variants and settings as `ITEM=NAME`.
    pub fn choices(&self, given: &[String]) -> Result<Choices, Problem> {
        let mut choices = Choices::default();
        for text in given {
            choices
                .add(&self.atlas, text)
                .map_err(|e| Problem::input(e.message).maybe_hint(e.hint).field("variant"))?;
        }
        Ok(choices)
    }
}
