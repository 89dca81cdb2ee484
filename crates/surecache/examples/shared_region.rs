//! A region that a Django site declares too: each side hits what the other has filled.
//!
//! What must be alike is the location, the namespace (Django's `KEY_PREFIX`), the secret
//! (`SECRET_KEY`), and of the region its name, version, key fields, scope and dependencies:
//!
//! ```python
//! user_profile = Region(
//!     "user_profile",
//!     key={"user_id": int},
//!     scope=Scope.public("the profile page is the same for everybody"),
//!     ttl=300,
//!     depends_on=[Row("auth_user", id="user_id")],
//! )
//! ```
//! The program reads one request, as JSON, from its standard input, where no other user of the
//! machine sees the secret, and answers with JSON:
//!
//! ```sh
//! echo '{"location": "embedded:///var/cache/shop", "namespace": "prod", "secret": "...",
//!        "user_id": 42, "act": "get"}' | cargo run --features embedded --example shared_region
//! ```

use std::cell::Cell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Read;
use std::process::ExitCode;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use surecache::{
    BlockingCache, BlockingLoading, BlockingRegion, CacheKey, Config, Policy, Scope, Summary, Tag,
    Tags,
};

/// What the program is asked.
#[derive(Debug, Deserialize)]
struct Request {
    location: String,
    namespace: String,
    secret: String,
    user_id: i64,
    act: Act,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Act {
    /// Deletes the answer for the user.
    Delete,
    /// Reads; loads where nothing usable is found.
    Get,
    /// Says that the user's row has changed.
    Invalidate,
}

#[derive(CacheKey)]
struct UserKey {
    user_id: i64,
}

struct UserProfile;

/// In Python a dict with these keys.
#[derive(Debug, Deserialize, Serialize)]
struct Profile {
    user_id: i64,
    name: String,
    email: Option<String>,
    score: f64,
    teams: Vec<String>,
    flags: BTreeMap<String, bool>,
}

impl BlockingRegion for UserProfile {
    const NAME: &'static str = "user_profile";
    type Key = UserKey;
    type Value = Profile;
    /// Whether the loader ran.
    type Origin = Cell<bool>;
    type Error = Infallible;

    fn scope(&self, _key: &UserKey) -> Scope {
        Scope::public("the profile page is the same for everybody")
    }

    fn policy(&self) -> Policy {
        Policy::new(Duration::from_secs(300))
    }

    fn depends_on(&self, key: &UserKey, tags: &mut Tags) {
        tags.row("auth_user", "id", key.user_id);
    }

    fn load(
        &self,
        key: &UserKey,
        is_loaded: &Cell<bool>,
        _loading: &BlockingLoading<'_>,
    ) -> Result<Profile, Infallible> {
        is_loaded.set(true);
        Ok(Profile {
            user_id: key.user_id,
            name: "loaded by Rust".to_owned(),
            email: None,
            score: 0.5,
            teams: vec!["core".to_owned(), "caf\u{e9}".to_owned()],
            flags: BTreeMap::from([("beta".to_owned(), true)]),
        })
    }
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its caller")]
fn main() -> ExitCode {
    match answer() {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("shared_region: {error}");
            ExitCode::FAILURE
        }
    }
}

fn answer() -> Result<serde_json::Value, Box<dyn std::error::Error>> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let request: Request = serde_json::from_str(&text)?;
    let config = Config::new(&request.namespace).with_secret(&request.secret);
    let cache = BlockingCache::open(&request.location, config)?;
    let key = UserKey { user_id: request.user_id };
    Ok(match request.act {
        Act::Delete => {
            cache.invalidate_key(&UserProfile, &key)?;
            json!({})
        }
        Act::Get => {
            let is_loaded = Cell::new(false);
            let value = cache.get_or_load(&UserProfile, &key, &is_loaded)?;
            let Summary { outcomes, refusals, .. } =
                cache.core().own_statistics().regions.remove("user_profile").unwrap_or_default();
            let is_loaded = is_loaded.get();
            json!({
                "value": value, "loaded": is_loaded, "outcomes": outcomes, "refusals": refusals,
            })
        }
        Act::Invalidate => {
            cache.invalidate([Tag::row("auth_user", "id", request.user_id)])?;
            json!({})
        }
    })
}
