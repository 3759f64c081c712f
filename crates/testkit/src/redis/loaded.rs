//! What the tests and the benches put into a server.

/// How many keys each database gets.
pub const KEYS: [(u32, u32); 3] = [(0, 7000), (1, 2000), (2, 1000)];

/// Commands, by their words, that put keys of every type into three databases, every fifth with a time to live, and have some
/// thirty commands used.
pub fn commands() -> Vec<Vec<String>> {
    let mut commands: Vec<Vec<String>> = Vec::new();
    let mut add = |line: String| commands.push(line.split(' ').map(str::to_owned).collect());
    for (database, keys) in KEYS {
        add(format!("SELECT {database}"));
        for number in 0..keys {
            let key = format!("bench:{database}:{number}");
            add(match number % 10 {
                1 => format!("HSET {key} f1 v1 f2 {number}"),
                2 => format!("RPUSH {key} a b c"),
                3 => format!("SADD {key} a b {number}"),
                4 => format!("ZADD {key} 1 a 2 {number}"),
                _ => format!("SET {key} value-{number:06}"),
            });
            if number % 5 == 0 {
                add(format!("EXPIRE {key} 864000"));
            }
        }
    }
    add("SELECT 0".to_owned());
    for number in (0..2000).step_by(10) {
        let key = |offset: u32| format!("bench:0:{}", number + offset);
        for command in ["GET", "EXISTS", "TTL", "TYPE", "INCR", "STRLEN"] {
            add(format!("{command} {}", key(0)));
        }
        for (command, offset) in [("HGETALL", 1), ("LLEN", 2), ("SMEMBERS", 3)] {
            add(format!("{command} {}", key(offset)));
        }
        for line in [
            format!("LRANGE {} 0 -1", key(2)),
            format!("ZRANGE {} 0 -1", key(4)),
            format!("MGET {} x", key(0)),
            format!("GETRANGE {} 0 3", key(0)),
            format!("PFADD bench:hll {number}"),
            format!("SETBIT bench:bits {number} 1"),
        ] {
            add(line);
        }
        for line in [
            "GET nokey",
            "INCR bench:ctr",
            "SETEX bench:tmp 864000 x",
            "DEL bench:nope",
            "PING",
            "ECHO x",
            "DBSIZE",
            "XADD bench:stream * k v",
            "XLEN bench:stream",
            "PFCOUNT bench:hll",
            "BITCOUNT bench:bits",
            "APPEND bench:app x",
            "LPUSH bench:0:2 z",
            "LPOP bench:0:2",
            "INCR bench:0:1",
        ] {
            add(line.to_owned());
        }
    }
    commands
}
