#!/bin/bash
php -r "copy('https://getcomposer.org/installer', 'composer-setup.php');"
cd /var/www/app
sudo -u www-data composer install --no-dev --optimize-autoloader
php artisan migrate --force
