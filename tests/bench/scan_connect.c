/* The plainest scan there is: socket, connect, close for each port of 127.0.0.1. Prints how many are open. */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int open = 0;
    for (int port = 1; port <= 65535; port++) {
        int sock = socket(AF_INET, SOCK_STREAM, 0);
        name.sin_port = htons(port);
        open += connect(sock, (struct sockaddr *)&name, sizeof name) == 0;
        close(sock);
    }
    printf("%d\n", open);
    return 0;
}
