import ArgumentParser
import AsyncHTTPClient
import KMSAccess

print("")
