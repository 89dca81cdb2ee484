//! Turns `SURECACHE_MUTANTS=1` at build time into `cfg(surecache_mutants)`: the build in which the
//! mechanisms can be taken out one by one, to see that a test notices.

fn main() {
    println!("cargo:rerun-if-env-changed=SURECACHE_MUTANTS");
    #[expect(clippy::disallowed_methods, reason = "a build script has no other input")]
    if std::env::var("SURECACHE_MUTANTS").is_ok_and(|value| value == "1") {
        println!("cargo:rustc-cfg=surecache_mutants");
    }
}
