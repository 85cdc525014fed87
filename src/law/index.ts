export { type ActiveLaw, activeLaw, type BannedTurn, PASSED_HOLD_S } from './active-law.ts';
export { civilTime, utcOffsetMin } from './civil-time.ts';
export { isNationalHoliday, nationalHolidays } from './holidays.ts';
export { type PlateKind, type PlateMeaning, parsePlate, type Weekday } from './plate.ts';
export { plateWords, signWords } from './plate-words.ts';
export { SIGN_WHY_CODES, type SignEffect, type SignWhy, signEffect } from './sign-effect.ts';
export { kmhToMps, orderOf, type SignOrder, signNumber } from './sign-order.ts';
export { VEHICLE_CLASSES } from './vehicle-classes.ts';
