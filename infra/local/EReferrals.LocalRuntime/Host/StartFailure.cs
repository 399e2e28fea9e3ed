using Microsoft.Extensions.Options;

namespace EReferrals.LocalRuntime.Host;

/// <summary>A start that fails for a reason the user can remove: one line and an exit code, no stack trace. In a test it is thrown.</summary>
internal static class StartFailure
{
    public static bool IsForTheUser(Exception e) => e is LocalRuntimeStartException or OptionsValidationException;

    public static void Report(Exception e, bool isApp)
    {
        if (!isApp) return;
        Console.Error.WriteLine(e.Message.ReplaceLineEndings(" "));
        Environment.Exit(1);
    }
}
