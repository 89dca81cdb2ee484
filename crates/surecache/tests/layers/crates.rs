//! Which crate may depend on which.

/// The crates, top to bottom; those of one line do not use each other.
const CRATES: [&[&str]; 3] = [
    &["surecache-bench", "surecache-cli", "surecache-py", "surecache-testkit"],
    &["surecache"],
    &["surecache-macros", "surecache-outbox", "surecache-resp"],
];

/// A line for each dependency that a manifest must not have. What only tests use is exempt.
pub(crate) fn violations(file: &str, manifest: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut section = "";
    let Some(own) = package_name(manifest) else {
        return vec![format!("{file}:1: wanted a package's name, found none")];
    };
    let Some(own_rank) = rank(own) else {
        return vec![format!("{file}:1: a crate that is not in the list: {own}")];
    };
    for (number, line) in (1..).zip(manifest.lines()) {
        let named = if let Some(header) = line.trim().strip_prefix('[') {
            section = header.trim_end_matches(']');
            section.strip_prefix("dependencies.")
        } else if section.ends_with("dependencies") && !section.contains("dev-dependencies") {
            Some(line.split(['.', '=', ' ']).next().unwrap_or_default().trim())
        } else {
            None
        };
        if let Some(named) = named.filter(|named| named.starts_with("surecache")) {
            match rank(named) {
                Some(rank) if rank > own_rank => {}
                _ => found.push(format!(
                    "{file}:{number}: crate {own} uses a crate that is not below it: {named}"
                )),
            }
        }
    }
    found
}

fn package_name(manifest: &str) -> Option<&str> {
    let line = manifest.lines().find(|line| line.starts_with("name = "))?;
    line.split('"').nth(1)
}

fn rank(name: &str) -> Option<usize> {
    CRATES.iter().position(|rank| rank.contains(&name))
}

mod tests {
    use super::*;

    fn check(own: &str, lines: &str) -> Vec<String> {
        violations("Cargo.toml", &format!("[package]\nname = \"{own}\"\n{lines}"))
    }

    #[test]
    fn a_crate_may_use_those_below() {
        let lines = "[dependencies]\nsurecache.workspace = true\nsurecache-macros = \"1\"\n";
        assert_eq!(check("surecache-py", lines), [""; 0]);
    }

    #[test]
    fn a_crate_above_or_beside_is_named_with_file_and_line() {
        let wanted = |own, named| {
            format!("Cargo.toml:4: crate {own} uses a crate that is not below it: {named}")
        };
        let found = check("surecache", "[dependencies]\nsurecache-py = { path = \"x\" }");
        assert_eq!(found, [wanted("surecache", "surecache-py")]);
        let found =
            check("surecache-py", "[build-dependencies]\nsurecache-testkit.workspace = true");
        assert_eq!(found, [wanted("surecache-py", "surecache-testkit")]);
        let found = check("surecache", "\n[dependencies.surecache-cli]\npath = \"x\"");
        assert_eq!(found, [wanted("surecache", "surecache-cli")]);
    }

    #[test]
    fn tests_may_use_the_testkit() {
        assert_eq!(check("surecache", "[dev-dependencies]\nsurecache-testkit = \"1\""), [""; 0]);
    }

    #[test]
    fn a_crate_without_a_place_is_refused() {
        let wanted = "Cargo.toml:1: a crate that is not in the list: surecache-more";
        assert_eq!(check("surecache-more", ""), [wanted]);
    }
}
