//! What redis-rs keeps near of what it has read, with its feature `cache-aio`.

use redis::caching::CacheConfig;
use redis::{AsyncCommands, AsyncConnectionConfig, Client, RedisResult};
use tokio::runtime::Builder;

use crate::OLD;

/// Whether the second read of a key gives the old value once more.
pub fn read_twice(socket: &str, key: &str) -> bool {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let read = runtime.block_on(read(socket, key)).expect("the server answers");
    assert_eq!(read[0], OLD, "the value that is changed after the first read");
    read[1] == OLD
}

async fn read(socket: &str, key: &str) -> RedisResult<[String; 2]> {
    let client = Client::open(format!("redis+unix://{socket}?protocol=resp3"))?;
    let config = AsyncConnectionConfig::new().set_cache_config(CacheConfig::new());
    let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
    Ok([connection.get(key).await?, connection.get(key).await?])
}
