#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| s3storage::properties::whole_answer(data));
