// Elements out of plain data. Text is always text: nothing here reads HTML.

/** An element; attributes that are null, undefined or false are left out, true stands alone. */
export function h(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    made.setAttribute(key, value === true ? "" : String(value));
  }
  made.append(...children.flat(Infinity).filter((each) => each || each === 0));
  return made;
}

/** Makes `have` like `want` and keeps what is there: focus, selection and scrolling stay.
 *  Children with `data-key` are moved, not made anew; what has `data-own` keeps its inside. */
export function morph(have, want) {
  for (const { name } of [...have.attributes]) {
    if (!want.hasAttribute(name)) have.removeAttribute(name);
  }
  for (const { name, value } of want.attributes) {
    if (have.getAttribute(name) !== value) have.setAttribute(name, value);
  }
  if (!("own" in have.dataset)) morphChildren(have, [...want.childNodes]);
}

export function morphChildren(parent, wanted) {
  let at = parent.firstChild;
  for (const want of wanted) {
    const have = match(at, want);
    if (!have) {
      parent.insertBefore(want, at);
      continue;
    }
    if (have === at) at = at.nextSibling;
    else parent.insertBefore(have, at);
    if (have.nodeType !== Node.ELEMENT_NODE) {
      if (have.data !== want.data) have.data = want.data;
    } else morph(have, want);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function match(at, want) {
  const key = want.dataset?.key;
  if (key !== undefined) {
    for (let each = at; each; each = each.nextSibling) {
      if (each.dataset?.key === key && each.nodeName === want.nodeName) return each;
    }
    return null;
  }
  return at && at.nodeName === want.nodeName && at.dataset?.key === undefined ? at : null;
}
