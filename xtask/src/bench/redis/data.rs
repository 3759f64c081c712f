//! What the servers of the bench hold, the same in each run.

/// 10,000 keys of all types in three databases, a fifth of them with a time to live, and some 30 commands that have been used.
pub(super) fn loaded() -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    let mut run = |words: &[&str]| commands.push(words.iter().map(|word| (*word).to_owned()).collect());
    for (database, keys) in [(0, 7_000), (1, 2_000), (2, 1_000)] {
        run(&["SELECT", &format!("{database}")]);
        for number in 0..keys {
            let (key, text) = (format!("bench:{database}:{number}"), number.to_string());
            match number % 10 {
                1 => run(&["HSET", &key, "f1", "v1", "f2", &text]),
                2 => run(&["RPUSH", &key, "a", "b", "c"]),
                3 => run(&["SADD", &key, "a", "b", &text]),
                4 => run(&["ZADD", &key, "1", "a", "2", &text]),
                _ => run(&["SET", &key, &format!("value-{number:06}")]),
            }
            if number % 5 == 0 {
                run(&["EXPIRE", &key, "864000"]);
            }
        }
    }
    run(&["SELECT", "0"]);
    for round in 0..200 {
        let key = |kind: u32| format!("bench:0:{}", round * 10 + kind);
        let [text, hash, list, set, sorted] = [0, 1, 2, 3, 4].map(key);
        let number = round.to_string();
        for words in [
            &["GET", &text][..],
            &["GET", "nokey"],
            &["EXISTS", &text],
            &["TTL", &text],
            &["TYPE", &text],
            &["INCR", "bench:ctr"],
            &["STRLEN", &text],
            &["HGETALL", &hash],
            &["LRANGE", &list, "0", "-1"],
            &["LLEN", &list],
            &["SMEMBERS", &set],
            &["ZRANGE", &sorted, "0", "-1"],
            &["MGET", &text, "x"],
            &["SETEX", "bench:tmp", "864000", "x"],
            &["DEL", "bench:nope"],
            &["PING"],
            &["ECHO", "x"],
            &["DBSIZE"],
            &["XADD", "bench:stream", "*", "k", "v"],
            &["XLEN", "bench:stream"],
            &["PFADD", "bench:hll", &number],
            &["PFCOUNT", "bench:hll"],
            &["SETBIT", "bench:bits", &number, "1"],
            &["BITCOUNT", "bench:bits"],
            &["GETRANGE", &text, "0", "3"],
            &["APPEND", "bench:app", "x"],
            &["LPUSH", "bench:0:2", "z"],
            &["LPOP", "bench:0:2"],
            &["INCR", "bench:0:1"],
        ] {
            run(words);
        }
    }
    commands
}

/// So many short strings.
pub(super) fn strings(count: u32) -> Vec<Vec<String>> {
    let set = |number| ["SET".to_owned(), format!("many:{number}"), format!("value-{number}")].to_vec();
    (0..count).map(set).collect()
}
