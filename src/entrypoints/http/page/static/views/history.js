export const View = () => "";
