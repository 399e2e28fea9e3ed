namespace EReferrals.LocalRuntime;

internal static class Placeholder;
