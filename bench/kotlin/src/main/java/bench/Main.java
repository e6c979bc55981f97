package bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Contestants take turns, another one first in each round; prints their seconds per try, one list each, as JSON. */
public final class Main {
    private static final int WARMING_UP = 20;

    private Main() {}

    public static void main(String[] words) throws Exception {
        int rounds = Integer.parseInt(words[0]);
        int tries = Integer.parseInt(words[1]);
        List<Contestant> contestants = new ArrayList<>(SignIn.contestants());
        contestants.addAll(Peers.contestants());
        // What the virtual machine compiles, it compiles here.
        for (int round = 0; round < WARMING_UP; round++) {
            for (Contestant contestant : contestants) contestant.prepare(tries).run();
        }
        Map<String, List<Double>> means = new LinkedHashMap<>();
        for (Contestant contestant : contestants) means.put(contestant.name(), new ArrayList<>());
        for (int round = 0; round < rounds; round++) {
            Collections.rotate(contestants, 1);
            for (Contestant contestant : contestants) {
                Contestant.Tries prepared = contestant.prepare(tries);
                System.gc();
                long start = System.nanoTime();
                prepared.run();
                means.get(contestant.name()).add((System.nanoTime() - start) / 1e9 / tries);
            }
        }
        System.out.println(means.entrySet().stream()
                .map(each -> '"' + each.getKey() + "\": " + each.getValue())
                .collect(Collectors.joining(", ", "{", "}")));
    }
}
