//! A service with profiles and permission-dependent dashboards, cached by surecache.
//!
//! Read `regions` first: what is cached, for whom, and what ends it. Then `services`, which reads
//! and writes; `queries` is what both would be without a cache.

mod arguments;
mod counts;
mod database;
mod failure;
mod queries;
mod regions;
mod routes;
mod secret;
mod seed;
mod services;

use std::process::ExitCode;

use surecache::{Cache, Config};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use arguments::{Arguments, Command};
use database::Database;
use services::Services;

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its caller")]
async fn main() -> ExitCode {
    let arguments = match Command::parse(std::env::args().skip(1)) {
        Ok(Command::Help) => {
            println!("{}", arguments::HELP);
            return ExitCode::SUCCESS;
        }
        Ok(Command::Serve(arguments)) => arguments,
        Err(message) => {
            eprintln!("axum-service: {message}");
            return ExitCode::from(2);
        }
    };
    match serve(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("axum-service: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until SIGINT or SIGTERM.
#[expect(clippy::print_stdout, reason = "whoever asked for port 0 wants to know which it is")]
async fn serve(arguments: &Arguments) -> Result<(), String> {
    let database = Database::open(&arguments.data, arguments.events)?;
    let config = Config::new("axum-service").with_secret(secret::of(&arguments.data)?);
    let cache = Cache::open(&arguments.location(), config)
        .map_err(|error| format!("the cache does not open: {error}"))?;

    let listen = &arguments.listen;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("wanted an address to listen on, found: {listen}: {error}"))?;
    let address = listener.local_addr().map_err(|error| format!("no address: {error}"))?;
    println!("listening on http://{address}");

    let stopped = stop().map_err(|error| format!("no signals: {error}"))?;
    let services = Services::new(cache, database);
    let service = routes::service(services.clone());
    let served = axum::serve(listener, service).with_graceful_shutdown(stopped).await;
    services.finish_writes().await;
    served.map_err(|error| format!("serving ended: {error}"))
}

fn stop() -> std::io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
