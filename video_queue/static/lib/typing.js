// Where the keyboard writes: keys act there as letters, and nothing takes the focus away.
/** Whether text is typed into `element`. */
export const types = (element) =>
  element.closest("input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]") !== null;
