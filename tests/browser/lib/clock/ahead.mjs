// Loaded by a server under test because NODE_OPTIONS says so: the clock is as far ahead as the test says.
import { readFileSync } from 'node:fs';

const Real = Date;
const ahead = () => 1000 * Number(readFileSync(process.env.CLOCK_AHEAD_FILE, 'utf8'));

globalThis.Date = class Date extends Real {
  constructor(...given) {
    if (given.length) super(...given);
    else super(Real.now() + ahead());
  }

  static now() {
    return Real.now() + ahead();
  }
};
