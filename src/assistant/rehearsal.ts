import { type Config, type Language, Utterance, VehicleState, WallClock } from '../domain/index.ts';
import { Assistant } from './assistant.ts';
import type { JournalSink } from './journal.ts';

/** Orders that between them walk every stretch of the reflex path, in both languages. */
const ORDERS: readonly (readonly [Language, string])[] = [
  ['en', 'stop'],
  ['en', 'slow down'],
  ['en', 'cancel that'],
  ['ja', '止まって'],
  ['ja', 'ゆっくり'],
  ['ja', '取り消して'],
];

/**
 * Walks the reflex path with an assistant whom nobody hears. Code, patterns and formats of dates are made ready by their
 * first use: unrehearsed, the first "stop" of a process takes 15 to 30 ms from the ear to the gate, rehearsed below 1.
 *
 * It never waits, so it is over before whatever the caller's turn of the event loop is followed by.
 */
export async function rehearse(config: Config, journal: JournalSink = () => {}): Promise<void> {
  const clock = new WallClock();
  const assistant = new Assistant({
    config,
    clock,
    mode: 'LIVE',
    model: null,
    plates: null,
    journal,
    sink: { submit: async ({ id }) => ({ intentId: id, delivered: true, detail: '' }) },
  });
  assistant.onVehicle(VehicleState.parse({ stampNs: clock.nowNs(), speedMps: 10 }));
  for (const [language, text] of ORDERS) {
    const said = { id: text, stampNs: clock.nowNs(), text, language, confidence: 1, live: true };
    await assistant.onUtterance(
      Utterance.parse({ ...said, seat: 'FRONT_RIGHT', authority: 'DRIVER_OR_OWNER' }),
    );
  }
  assistant.close();
}
