/**
 * Makes an HTML element. Text always goes in as text, never as markup, because most of it
 * was said by passengers or read off signs.
 *
 * @param {string} tag Tag and classes, such as `button.mark.big`.
 * @param {Record<string, unknown>} [attributes] `on…` keys are listeners, others attributes; false and null are left out.
 * @param {...(Node | string | null | undefined | false)} children
 */
export function el(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  return fillElement(document.createElement(name), classes, attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  return fillElement(
    document.createElementNS('http://www.w3.org/2000/svg', name),
    classes,
    attributes,
    children,
  );
}

function fillElement(element, classes, attributes, children) {
  if (classes.length > 0) element.setAttribute('class', classes.join(' '));
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Value of a JSON script element, which is taken away with all its text; null where there is none. */
export function takeJson(id) {
  const element = document.getElementById(id);
  if (element === null) return null;
  const value = JSON.parse(element.textContent);
  element.remove();
  return value;
}

/** Index of the last element whose `t` is not after `t`; -1 where all are. */
export function lastAtOrBefore(items, t) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle].t <= t) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Calls `work` at most once a picture of the screen, however often it is asked to. */
export function oncePerFrame(work) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}
