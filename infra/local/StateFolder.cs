namespace EReferrals.Local;

/// <summary>The folder of one run. A second run on the same folder is rejected, because two brokers on one file would lose messages.</summary>
internal sealed class StateFolder : IDisposable
{
    private readonly FileStream _lock;

    private StateFolder(string path, FileStream inUse) => (Path, _lock) = (path, inUse);

    public string Path { get; }

    /// <param name="lockName">The file that is locked until the folder is disposed.</param>
    /// <exception cref="LocalStartException">The folder is in use or cannot be written.</exception>
    public static StateFolder Open(string path, string lockName = "in-use")
    {
        var folder = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(folder);
            return new StateFolder(folder, new FileStream(
                System.IO.Path.Combine(folder, lockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose));
        }
        catch (UnauthorizedAccessException)
        {
            throw new LocalStartException($"The state folder {folder} cannot be written. Set EREFERRALS_STATE to another folder.");
        }
        catch (IOException ex)
        {
            throw new LocalStartException(
                $"The state folder {folder} is in use by another run, or cannot be written ({ex.Message}). Stop the other run, or set EREFERRALS_STATE to "
                    + "another folder.");
        }
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => _lock.Dispose();
}
