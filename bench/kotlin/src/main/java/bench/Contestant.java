package bench;

/** Something to time: {@code prepare} does what is not timed, and gives what does so many tries. */
record Contestant(String name, Prepared preparing) {
    interface Prepared {
        Tries prepare(int count) throws Exception;
    }

    interface Tries {
        void run() throws Exception;
    }

    Tries prepare(int count) throws Exception {
        return preparing.prepare(count);
    }
}
