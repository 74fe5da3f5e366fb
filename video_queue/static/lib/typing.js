/** Whether text is typed into `element`: keys act there as letters, and the keyboard stays in it. */
export const types = (element) =>
  element.closest("input:not([type=checkbox], [type=radio], [type=range]), textarea, select, [contenteditable]") !== null;
